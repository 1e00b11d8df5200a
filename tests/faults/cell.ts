// A cell of the matrix: a private gateway, one fault of one hop, all clients at once, then recovery.
import { readLog, type Tally, tally, wrongLines } from "./checks/access-log.ts";
import { type Broken, wrongAnswer } from "./checks/answers.ts";
import { wrongRequests } from "./checks/workers.ts";
import { Environment, type Shared } from "./environment.ts";
import type { Fault } from "./fault.ts";
import type { Version } from "./nginx.ts";
import { logRequest } from "./servers/worker.ts";
import type { Exchange } from "./types.ts";

export interface Hop {
  name: string;
  role: Broken["role"];
  affects: Broken["affects"];
  spare: boolean;
  /** Names of the backends that fail, all at once. */
  backends: readonly string[];
  /** The auth cache is cleared before the fault: users are recently verified, but not cached. */
  clearAuthCache?: boolean;
}
export interface Cell {
  /** "nginx 1.22 · gateway → echo · silent" */
  name: string;
  version: Version;
  hop: string;
  fault: string;
  /** The gateway's access log; default: a file in its folder. */
  accessLog?: string;
  run: (environment: Environment) => Promise<Result>;
}
export interface Result {
  requests: number;
  wrong: string[];
  /** The counts that the log exporter must show. */
  tally: Tally;
}

const FAIL_TIMEOUT_MS = 2000; // of generated.conf
const SLOW_MACHINE_MS = 4000;

/** Sends every kind of request that may fail until all succeed; `late` names those that still fail at the deadline. */
async function recover(environment: Environment): Promise<{ exchanges: Exchange[]; late: string[] }> {
  const exchanges: Exchange[] = [];
  const until = performance.now() + FAIL_TIMEOUT_MS + SLOW_MACHINE_MS;
  for (;;) {
    const kinds = [
      "good",
      "good debug",
      "good count",
      "good append",
      "good, not cached",
      "readyz",
      "document",
    ] as const;
    const sent = (
      await Promise.all(kinds.map((kind) => environment.clients.send("keep-alive", kind)))
    ).flat();
    exchanges.push(...sent);
    const failing = sent.filter(
      ({ outcome }) => !("status" in outcome && outcome.status === 200 && !outcome.headers.has("x-hostile")),
    );
    if (failing.length === 0) return { exchanges, late: [] };
    if (performance.now() > until)
      return { exchanges, late: failing.map(({ ask }) => `not served again: ${ask.kind} (${ask.id})`) };
    await Bun.sleep(100);
  }
}

export async function throughFault(environment: Environment, hop: Hop, fault: Fault): Promise<Result> {
  const backends = environment.backends.filter(({ name }) => hop.backends.includes(name));
  const broken: Broken = { ...hop, fault };
  const before = (
    await environment.clients.send("keep-alive", "good", "good debug", "good count", "good append")
  ).flat();
  if (hop.clearAuthCache) await environment.clearAuthCache();
  await Promise.all(
    backends.map((backend) =>
      backend.break(
        fault.presence,
        fault.hostile({
          healthy: backend.healthy,
          status: hop.role === "worker" ? "200 OK" : "401 Unauthorized",
          note: (request) =>
            hop.role === "worker" && logRequest(environment.workerLog, backend.name, request),
        }),
      ),
    ),
  );
  const during = await environment.clients.all();
  await Promise.all(backends.map((backend) => backend.restore()));
  const { exchanges: recovering, late } = await recover(environment);
  const after = await environment.clients.all();
  await environment.close();

  const all = [...before, ...during, ...recovering, ...after];
  const asks = new Map(all.map(({ ask }) => [ask.id, ask]));
  const judge = (exchanges: Exchange[], now: Broken | undefined, phase: string): string[] =>
    exchanges.flatMap((exchange) => {
      const wrong = wrongAnswer(exchange, now, asks);
      return wrong ? [`${phase}: ${exchange.ask.kind} (${exchange.ask.id}, ${exchange.over}): ${wrong}`] : [];
    });
  const admits = fault.admits && hop.role === "verifier"; // whom it admitted is cached for its max-age
  const lines = readLog(environment.accessLog);
  return {
    requests: all.length,
    tally: tally(lines, all),
    wrong: [
      ...judge(before, undefined, "before"),
      ...judge(during, broken, "broken"),
      ...judge(recovering, broken, "recovering"),
      ...late,
      ...judge(after, admits ? broken : undefined, "after"),
      ...wrongRequests(environment.workerLog, asks, admits),
      ...wrongLines(lines, all).map((text) => `access log: ${text}`),
    ],
  };
}

/** Never throws: an error is in the result. */
export async function runCell(cell: Cell, shared: Shared, dir: string): Promise<Result> {
  const environment = new Environment(dir, cell.version);
  try {
    await environment.open(shared, cell.accessLog);
    return await cell.run(environment);
  } catch (error) {
    return { requests: 0, wrong: [String(error)], tally: new Map() };
  } finally {
    await environment.close();
  }
}
