// One cell of the matrix: a private gateway, one fault of one hop, all clients at once, then everything healed.
import { join } from "node:path";
import { readLog, wrongLines } from "./checks/access-log.ts";
import { type Role, type Situation, wrongAnswer } from "./checks/answers.ts";
import { wrongRequests } from "./checks/workers.ts";
import type { Fault } from "./faults.ts";
import { House, type Shared } from "./house.ts";
import type { Version } from "./nginx.ts";
import { note } from "./servers/worker.ts";
import type { Exchange } from "./types.ts";

export interface Hop {
  name: string;
  role: Role;
  /** Names of the servers at its end that break, all at once. */
  fronts: readonly string[];
}
export interface Cell {
  name: string;
  version: Version;
  hop: Hop;
  fault: Fault;
}
export interface Result {
  requests: number;
  wrong: string[];
}

const FAIL_TIMEOUT_MS = 2000; // of upstreams/*.conf
const SLOW_MACHINE_MS = 4000;

async function healed(house: House): Promise<{ exchanges: Exchange[]; late: boolean }> {
  const exchanges: Exchange[] = [];
  const until = performance.now() + FAIL_TIMEOUT_MS + SLOW_MACHINE_MS;
  let [ok, late] = [false, false];
  while (!ok && !late) {
    const sent = await Promise.all([
      house.clients.send("keep-alive", "good"),
      house.clients.send("keep-alive", "good v2"),
      house.clients.send("keep-alive", "good language"),
      house.clients.send("keep-alive", "good, not seen before"),
    ]);
    exchanges.push(...sent.flat());
    ok = sent.flat().every(({ outcome }) => "status" in outcome && outcome.status === 200);
    late = performance.now() > until;
    if (!ok) await Bun.sleep(100);
  }
  return { exchanges, late };
}

function judge(exchanges: Exchange[], situation: Situation, phase: string): string[] {
  const ids = new Set(exchanges.map(({ ask }) => ask.id));
  return exchanges.flatMap((exchange) => {
    const wrong = wrongAnswer(exchange, situation, ids);
    return wrong ? [`${phase}: ${exchange.ask.kind} (${exchange.ask.id}, ${exchange.over}): ${wrong}`] : [];
  });
}

async function through(house: House, { hop, fault }: Cell): Promise<Result> {
  const fronts = house.fronts.filter(({ name }) => hop.fronts.includes(name));
  const broken: Situation = { broken: { role: hop.role, fault } };
  const before = (await house.clients.send("keep-alive", "good", "good v2", "good language")).flat();
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
  const lines = readLog(join(house.dir, "access.log"));
  return {
    requests: all.length,
    wrong: [
      ...judge(before, {}, "before"),
      ...judge(during, broken, "broken"),
      ...judge(recovering, broken, "recovering"),
      ...(late ? [`not served again ${FAIL_TIMEOUT_MS} ms after the fault is gone`] : []),
      ...judge(after, {}, "after"),
      ...wrongRequests(house.record, asks, fault.yes && hop.role === "verifier"),
      ...wrongLines(lines, all).map((text) => `access log: ${text}`),
    ],
  };
}

export async function runCell(cell: Cell, shared: Shared, number: number): Promise<Result> {
  const house = new House(join(shared.dir, `${number}`), cell.version);
  try {
    await house.open(shared, `c${number}`);
    return await through(house, cell);
  } catch (error) {
    return { requests: 0, wrong: [String(error)] };
  } finally {
    await house.close();
  }
}
