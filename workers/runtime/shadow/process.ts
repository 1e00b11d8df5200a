// The shadow process: takes the sample of a worker's live requests, asks the candidate, and compares the answers. It is the
// worker's own program with --shadow, so it knows the schemas, and needs no other image.
import type { TSchema } from "@sinclair/typebox";
import { log } from "../log.ts";
import { type Collected, Collector } from "./collect.ts";
import { compare } from "./compare.ts";
import type { Answer, Report, ShadowSettings } from "./contract.ts";
import { type Field, type Fields, fieldsOf } from "./fields.ts";
import { Kept } from "./kept.ts";
import type { Pair } from "./pair.ts";
import { Queue } from "./queue.ts";
import { type Asked, Replicas } from "./replicas.ts";
import { statusClass, Tally } from "./tally.ts";

/** Requests at a time: the candidate may answer live requests too. */
const AT_ONCE = 8;
/** A pair that waited longer is dropped: the versions may have changed. */
const MAX_WAIT_MS = 60_000;

interface Routes {
  readonly routes: { path: string; method: string; hooks: { response?: unknown } }[];
}

/** The fields of each route's answers with status 200. @throws Error for an invalid `x-compare`. */
export function fieldsByRoute({ routes }: Routes): Map<string, Fields> {
  return new Map(
    routes.map(({ path, method, hooks }) => {
      const { 200: ok = hooks.response } = Object(hooks.response) as Record<number, unknown>;
      const isSchema = typeof ok === "object" && ok !== null;
      return [`${method} ${path}`, isSchema ? fieldsOf(ok as TSchema) : new Map<string, Field>()];
    }),
  );
}

const liveAnswer = ({ status, type, answer: text }: Pair): Answer => ({ status, type, text });
/** Whether another version answered, as during a deployment, or what is no worker: another program may have the port. */
const isOther = ({ status, version }: Asked, wanted: string) =>
  typeof status === "number" && version !== wanted;

export class Shadow {
  readonly tally = new Tally();
  readonly #queue = new Queue();
  readonly #since = Date.now();
  readonly #stable: Replicas;
  readonly #candidate: Replicas;
  readonly #kept: Kept;

  constructor(
    readonly settings: ShadowSettings,
    readonly fields: ReadonlyMap<string, Fields>,
  ) {
    const { stable, candidate, keep, keepUntil } = settings;
    this.#stable = new Replicas(stable.servers);
    this.#candidate = new Replicas(candidate.servers);
    this.#kept = new Kept(keep, keepUntil);
  }

  /** Pairs that were taken and are not compared yet. */
  get waiting(): number {
    const { received, compared, dropped, skipped } = this.tally;
    const done = [...Object.values(dropped), ...Object.values(skipped)].reduce((a, b) => a + b, compared);
    return received - done;
  }

  run(): void {
    const { key } = this.settings;
    void new Collector(this.#stable, key, (collected) => this.#receive(collected)).run();
    for (let i = 0; i < AT_ONCE; i++) void this.#compareAll();
    for (const side of [this.#stable, this.#candidate]) void this.#checkPurity(side);
  }

  /** Also where no pair comes: a live version that is not pure any more keeps none. */
  async #checkPurity(side: Replicas): Promise<void> {
    const { timeoutMs } = this.settings;
    while (!["pure", "impure"].includes(await side.purity(timeoutMs))) await Bun.sleep(1000);
  }

  #receive({ version, pairs, forgotten }: Collected): void {
    this.tally.received += pairs.length + forgotten;
    this.tally.dropped.forgotten += forgotten;
    for (const pair of pairs) {
      if (pair.unpaired) this.tally.skipped[pair.unpaired]++;
      else if (version !== this.settings.stable.version) this.tally.skipped.version++;
      else if (!this.#queue.add(pair)) this.tally.dropped.queue++;
    }
  }

  async #compareAll(): Promise<never> {
    for (;;) {
      const { pair, waited } = await this.#queue.next();
      if (waited > MAX_WAIT_MS) this.tally.dropped.waited++;
      else
        await this.#compareOne(pair).catch((error: Error) => {
          this.tally.skipped.failed++;
          log("error", "a pair could not be compared", { stack: error.stack });
        });
    }
  }

  async #compareOne(pair: Pair): Promise<void> {
    const { stable, candidate, noise, timeoutMs, until } = this.settings;
    if (until !== undefined && Date.now() >= until) {
      this.tally.skipped.version++; // the preview has ended
      return;
    }
    const askCandidate = () => this.#candidate.ask(pair, timeoutMs);
    const askStable = () => this.#stable.ask(pair, timeoutMs);
    let [asked, again]: [Asked | undefined, Asked | undefined] = [undefined, undefined];
    // In a random order: the second finds what the first has warmed.
    if (Math.random() >= noise) asked = await askCandidate();
    else if (Math.random() < 0.5) [asked, again] = [await askCandidate(), await askStable()];
    else [again, asked] = [await askStable(), await askCandidate()];
    const skipped = isOther(asked, candidate.version) ? "version" : asked.unread;
    if (skipped) {
      this.tally.skipped[skipped]++;
      return;
    }
    const live = liveAnswer(pair);
    const fields = this.fields.get(`${pair.method} ${pair.route}`) ?? new Map<string, Field>();
    const found = compare(live, asked, fields);
    this.tally.add(live, asked, found);
    this.#kept.add(pair, live, asked, found);
    // A replica of stable that is restarted just now tells nothing of its answers.
    if (!again || again.unread || typeof again.status !== "number" || isOther(again, stable.version)) return;
    this.tally.addNoise(compare(live, again, fields));
    // An error may be faster.
    if (statusClass(asked.status) === statusClass(again.status)) this.tally.addLatency(asked.ms - again.ms);
  }

  report(): Report {
    const { stable, candidate, noise } = this.settings;
    const sides = [
      [stable.worker, this.#stable],
      [candidate.worker, this.#candidate],
    ] as const;
    const impure = sides.filter(([, side]) => side.isImpure).map(([name]) => name);
    const named = ({ worker, version }: { worker: string; version: string }) => ({ worker, version });
    return {
      since: this.#since,
      stable: named(stable),
      candidate: named(candidate),
      noise,
      waiting: this.waiting,
      impure: [...new Set(impure)],
      counts: this.tally.counts(),
      kept: this.#kept.list(),
    };
  }
}
