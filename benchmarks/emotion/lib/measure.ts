import { cpuMeter, type Memory, memory, sharedPids } from "../../lib/process.ts";
import { medianInterval, type Spread, spread } from "../../lib/statistics.ts";
import { type Client, load, type Target } from "../../lib/wrk.ts";

export const GROUPS = ["nginx", "servers", "log exporter", "process manager"] as const;

export interface Round {
  rate: number;
  p50: number;
  p99: number;
  /** CPU µs a request by group of processes, without the load generator. */
  cpu: Record<(typeof GROUPS)[number], number>;
}

interface Loaded {
  target: Target;
  client: Client;
}

export interface Measured extends Loaded {
  /** What it is compared with: measured directly before it, in every second round directly after it. */
  base?: Loaded;
}

export interface Result {
  name: string;
  rounds: Round[];
  /** Of the base, one a round. */
  bases: Round[];
  /** Of the first replica after the load; absent without a server behind nginx. */
  memory?: Memory;
}

export function find(results: Result[], name: string): Result {
  const result = results.find((one) => one.name === name);
  if (!result) throw new Error(`no result ${name}`);
  return result;
}

/** Milliseconds after which the log exporter has read what the target before has written. */
const SETTLE = 500;

function round({ target, client }: Loaded, seconds: number): Round {
  const pids = { servers: target.pids(), ...sharedPids() };
  Bun.sleepSync(SETTLE);
  const meters = GROUPS.map((group) => cpuMeter(pids[group]));
  const { rate, p50, p99, requests } = load(target, seconds, client);
  const used = meters.map((meter) => (1e6 * meter()) / requests);
  const cpu = Object.fromEntries(GROUPS.map((group, i) => [group, used[i]])) as Round["cpu"];
  return { rate, p50, p99, cpu };
}

/** Interleaved: every round measures every target, so that other load on the machine affects all of them. */
export function measure(all: Measured[], rounds: number, seconds: number): Result[] {
  for (const { target, client } of all) load(target, 2, client); // warm up JIT, connections and the auth cache
  const results = all.map(({ target }): Result => ({ name: target.name, rounds: [], bases: [] }));
  for (let i = 0; i < rounds; i++) {
    for (let k = 0; k < all.length; k++) {
      const at = (k + i) % all.length;
      const one = all[at]!;
      const slices: [Loaded | undefined, Round[]][] = [
        [one.base, results[at]!.bases],
        [one, results[at]!.rounds],
      ];
      if (i % 2 === 1) slices.reverse();
      for (const [what, list] of slices) if (what) list.push(round(what, seconds));
    }
    console.log(`  round ${i + 1}/${rounds}: ${results.map((r) => Math.round(r.rounds[i]!.rate)).join(" ")}`);
  }
  for (const [i, { target }] of all.entries()) {
    const [first] = target.pids();
    if (first !== undefined) results[i]!.memory = memory(first);
  }
  return results;
}

/** A figure of a round. */
export type Figure = (round: Round) => number;
export const rate: Figure = (round) => round.rate;
/** CPU µs a request of all groups. */
export const cpu: Figure = (round) => GROUPS.reduce((sum, group) => sum + round.cpu[group], 0);

export const over = ({ rounds }: Result, figure: Figure): Spread => spread(rounds.map(figure));

/** Combined round by round: other load affects both values. */
function paired({ rounds, bases }: Result, figure: Figure, combine: (one: number, base: number) => number) {
  return medianInterval(rounds.map((one, i) => combine(figure(one), figure(bases[i]!))));
}

/** The result relative to its base. */
export const ofBase = (result: Result, figure: Figure) => paired(result, figure, (one, base) => one / base);
/** The base relative to the result. */
export const baseOf = (result: Result, figure: Figure) => paired(result, figure, (one, base) => base / one);
/** The base less the result. */
export const saved = (result: Result, figure: Figure) => paired(result, figure, (one, base) => base - one);
