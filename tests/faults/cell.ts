// A cell of the matrix: a private gateway, one fault of one hop, all clients at once, then everything healed.
import { readLog, type Tally, tally, wrongLines } from "./checks/access-log.ts";
import { type Broken, wrongAnswer } from "./checks/answers.ts";
import { wrongRequests } from "./checks/workers.ts";
import type { Fault } from "./fault.ts";
import { House, type Shared } from "./house.ts";
import type { Version } from "./nginx.ts";
import { note } from "./servers/worker.ts";
import type { Exchange } from "./types.ts";

export interface Hop {
  name: string;
  role: Broken["role"];
  affects: Broken["affects"];
  spare: boolean;
  /** Names of the servers at its end that break, all at once. */
  fronts: readonly string[];
  /** The gateway has forgotten whom it knows when the fault comes: they were only verified recently. */
  forget?: boolean;
}
/** One cell of the matrix. */
export interface Cell {
  /** "nginx 1.22 · gateway → echo · silent" */
  name: string;
  version: Version;
  hop: string;
  fault: string;
  /** Where the gateway writes its access log; empty: where it can be read. */
  accessLog?: string;
  run: (house: House) => Promise<Result>;
}
export interface Result {
  requests: number;
  wrong: string[];
  /** What the log exporter must count. */
  tally: Tally;
}

const FAIL_TIMEOUT_MS = 2000; // of upstreams/*.conf
const SLOW_MACHINE_MS = 4000;

/** Asks for everything that may have been broken until all of it is served; `late` names what still is not in the end. */
async function healed(house: House): Promise<{ exchanges: Exchange[]; late: string[] }> {
  const exchanges: Exchange[] = [];
  const until = performance.now() + FAIL_TIMEOUT_MS + SLOW_MACHINE_MS;
  for (;;) {
    const kinds = [
      "good",
      "good debug",
      "good count",
      "good append",
      "good, not seen before",
      "readyz",
      "document",
    ] as const;
    const sent = (await Promise.all(kinds.map((kind) => house.clients.send("keep-alive", kind)))).flat();
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

export async function throughFault(house: House, hop: Hop, fault: Fault): Promise<Result> {
  const fronts = house.fronts.filter(({ name }) => hop.fronts.includes(name));
  const broken: Broken = { ...hop, fault };
  const before = (
    await house.clients.send("keep-alive", "good", "good debug", "good count", "good append")
  ).flat();
  if (hop.forget) await house.forget();
  await Promise.all(
    fronts.map((front) =>
      front.break(
        fault.presence,
        fault.hostile({
          honest: front.honest,
          status: hop.role === "worker" ? "200 OK" : "401 Unauthorized",
          note: (request) => hop.role === "worker" && note(house.record, front.name, request),
        }),
      ),
    ),
  );
  const during = await house.clients.all();
  await Promise.all(fronts.map((front) => front.heal()));
  const { exchanges: recovering, late } = await healed(house);
  const after = await house.clients.all();
  await house.close();

  const all = [...before, ...during, ...recovering, ...after];
  const asks = new Map(all.map(({ ask }) => [ask.id, ask]));
  const judge = (exchanges: Exchange[], now: Broken | undefined, phase: string): string[] =>
    exchanges.flatMap((exchange) => {
      const wrong = wrongAnswer(exchange, now, asks);
      return wrong ? [`${phase}: ${exchange.ask.kind} (${exchange.ask.id}, ${exchange.over}): ${wrong}`] : [];
    });
  const yes = fault.yes && hop.role === "verifier"; // whom it let in is known for as long as it said
  const lines = readLog(house.accessLog);
  return {
    requests: all.length,
    tally: tally(lines, all),
    wrong: [
      ...judge(before, undefined, "before"),
      ...judge(during, broken, "broken"),
      ...judge(recovering, broken, "recovering"),
      ...late,
      ...judge(after, yes ? broken : undefined, "after"),
      ...wrongRequests(house.record, asks, yes),
      ...wrongLines(lines, all).map((text) => `access log: ${text}`),
    ],
  };
}

/** @throws nothing: what goes wrong is in the result. */
export async function runCell(cell: Cell, shared: Shared, dir: string): Promise<Result> {
  const house = new House(dir, cell.version);
  try {
    await house.open(shared, cell.accessLog);
    return await cell.run(house);
  } catch (error) {
    return { requests: 0, wrong: [String(error)], tally: new Map() };
  } finally {
    await house.close();
  }
}
