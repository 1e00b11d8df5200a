// The canary's process: looks at the counters of Prometheus every few seconds and decides which share of the clients the
// candidate answers. It may end at any time: everything is on disk.
import { log } from "../log.ts";
import { type CanarySettings, type CanaryState, LOOK_MS, readState } from "./contract.ts";
import { queries, type Sample } from "./evidence.ts";
import { writeShare, writeState } from "./state.ts";
import { begin, look, share } from "./steps.ts";

const ASK_MS = 4000;

export class Canary {
  #state: CanaryState;

  constructor(readonly settings: CanarySettings) {
    const { folder, id } = settings;
    this.#state = readState(folder, id) ?? begin(settings, Date.now());
  }

  get state(): CanaryState {
    return this.#state;
  }

  get share(): number {
    return share(this.#state, this.settings);
  }

  async run(): Promise<never> {
    this.#keep(this.#state);
    for (const { line } of this.#state.decisions.slice(-1)) this.#log("info", line);
    for (;;) {
      await Bun.sleep(LOOK_MS);
      await this.#look().catch((error: Error) => this.#log("error", "a look failed", { stack: error.stack }));
    }
  }

  async #look(): Promise<void> {
    const before = this.#state.decisions.at(-1);
    this.#state = look(this.#state, await this.#samples(), this.settings, Date.now());
    const { decisions, verdict } = this.#state;
    this.#keep(this.#state);
    const last = decisions.at(-1);
    if (!last || last === before) return;
    this.#log(last.decision === "rollback" ? "error" : "info", last.line, {
      share: this.share,
      findings: verdict?.findings,
    });
  }

  /** The state first: what is on disk is what a process that starts goes on with. */
  #keep(state: CanaryState): void {
    const { folder } = this.settings;
    try {
      writeState(folder, state);
    } finally {
      writeShare(folder, this.share);
    }
  }

  /** Undefined where Prometheus does not answer. */
  async #samples(): Promise<Sample[] | undefined> {
    const { prometheus } = this.settings;
    const query = queries(this.settings, this.share === 0);
    try {
      const url = `${prometheus}/api/v1/query?${new URLSearchParams({ query })}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) });
      if (!answer.ok) return undefined;
      const { data } = (await answer.json()) as { data?: { result?: Sample[] } };
      return data?.result;
    } catch {
      return undefined;
    }
  }

  #log(level: "info" | "error", message: string, more: Record<string, unknown> = {}): void {
    const { stable, candidate } = this.settings;
    log(level, `canary of ${stable.worker}: ${message}`, {
      candidate: `${candidate.worker} ${candidate.version}`,
      ...more,
    });
  }
}
