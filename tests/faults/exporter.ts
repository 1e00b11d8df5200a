// The log exporter as the project runs it: Debian's mtail with monitoring/access-log/gateway.mtail.
import { join } from "node:path";
import { ROOT } from "../../ops/settings/project.ts";
import type { Tally } from "./checks/access-log.ts";
import { DIES_WITH_PARENT, freePort } from "./nginx.ts";

const PROGRAMS = join(ROOT, "monitoring/access-log");
const common = ["-emit_prog_label=false", "-logtostderr", `-progs=${PROGRAMS}`, "-address=127.0.0.1"];

/** Counters by name, and requests by route and status, from the exporter's /metrics. */
function parse(metrics: string): Tally {
  const tally: Tally = new Map();
  const add = (key: string, value: number) => tally.set(key, (tally.get(key) ?? 0) + value);
  for (const [, name = "", labels = "", value] of metrics.matchAll(
    /^(gateway_\w+_total)(\{.*\})? (\d+)$/gm,
  )) {
    const route = /route="([^"]*)"/.exec(labels)?.[1];
    const status = /status="([^"]*)"/.exec(labels)?.[1];
    if (name === "gateway_requests_total") add(`${route} ${status}`, Number(value));
    else add(name, Number(value));
  }
  return tally;
}

/** Differences in the counts of requests and in the counters of `sent`; other counters are ignored. */
export function differences(counted: Tally, sent: Tally): string[] {
  const keys = new Set(
    [...counted.keys(), ...sent.keys()].filter((key) => key.includes(" ") || sent.has(key)),
  );
  return [...keys]
    .filter((key) => (counted.get(key) ?? 0) !== (sent.get(key) ?? 0))
    .map((key) => `the exporter counts ${counted.get(key) ?? 0} times "${key}", sent ${sent.get(key) ?? 0}`);
}

/** The counts of a complete log. */
export async function count(log: string): Promise<Tally> {
  const once = ["--one_shot", "--one_shot_format=prometheus", "-port=0", `-logs=${log}`];
  const mtail = Bun.spawn(["mtail", ...once, ...common], { stdout: "pipe", stderr: "ignore" });
  return parse(await new Response(mtail.stdout).text());
}

/** An exporter that follows a log. */
export class Exporter {
  #process: ReturnType<typeof Bun.spawn> | undefined;
  #port = 0;

  /** @param log what it counts. */
  constructor(readonly log: string) {}

  async start(): Promise<void> {
    this.#port = await freePort();
    const follow = [`-port=${this.#port}`, `-logs=${this.log}`];
    this.#process = Bun.spawn([...DIES_WITH_PARENT, "mtail", ...follow, ...common], {
      stdout: "ignore",
      stderr: "ignore",
    });
    for (let i = 0; i < 100; i++) {
      if (
        await this.counters().then(
          () => true,
          () => false,
        )
      )
        return;
      await Bun.sleep(50);
    }
    throw new Error("mtail does not start");
  }

  async counters(): Promise<Tally> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/metrics`, {
      signal: AbortSignal.timeout(2000),
    });
    return parse(await answer.text());
  }

  /** Waits up to five seconds until it has counted `sent`; returns the differences. */
  async counts(sent: Tally): Promise<string[]> {
    for (let i = 0; ; i++) {
      const wrong = differences(await this.counters(), sent);
      if (wrong.length === 0 || i === 50) return wrong;
      await Bun.sleep(100);
    }
  }

  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#process?.kill(name);
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.exited;
    this.#process = undefined;
  }
}
