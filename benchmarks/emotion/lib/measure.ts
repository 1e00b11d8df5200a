import { cpuMeter, type Memory, memory, nginxPids } from "../../lib/process.ts";
import { type Spread, spread } from "../../lib/statistics.ts";
import { type Client, load, type Target } from "../../lib/wrk.ts";

export interface Round {
  rate: number;
  p50: number;
  p99: number;
  /** CPU seconds for 1,000 requests: nginx and the servers behind it, without the load generator. */
  cpu: number;
  /** The part of the servers behind nginx. */
  workerCpu: number;
}

export interface Result {
  name: string;
  rounds: Round[];
  /** Of the first replica after the load; absent without a server behind nginx. */
  memory?: Memory;
}

function round(target: Target, seconds: number, client: Client): Round {
  const [nginx, behind] = [cpuMeter(nginxPids()), cpuMeter(target.pids())];
  const { rate, p50, p99, requests } = load(target, seconds, client);
  const workerCpu = (1000 * behind()) / requests;
  return { rate, p50, p99, workerCpu, cpu: workerCpu + (1000 * nginx()) / requests };
}

/** Interleaved: every round measures every target, so that other load on the machine affects all of them. */
export function measure(targets: Target[], rounds: number, seconds: number, client: Client): Result[] {
  for (const target of targets) load(target, 2, client); // warm up JIT, connections and the auth cache
  const results = targets.map((target): Result => ({ name: target.name, rounds: [] }));
  for (let i = 0; i < rounds; i++) {
    for (let k = 0; k < targets.length; k++) {
      const at = (k + i) % targets.length;
      const [target, result] = [targets[at], results[at]];
      if (target && result) result.rounds.push(round(target, seconds, client));
    }
    console.log(
      `  round ${i + 1}/${rounds}: ${results.map((r) => Math.round(r.rounds[i]?.rate ?? 0)).join(" ")}`,
    );
  }
  for (const [i, target] of targets.entries()) {
    const [first] = target.pids();
    const result = results[i];
    if (first !== undefined && result) result.memory = memory(first);
  }
  return results;
}

export function over(result: Result, figure: keyof Round): Spread {
  return spread(result.rounds.map((one) => one[figure]));
}

/** Ratios of the same round: other load affects both values. */
export function ratio(a: Result, b: Result, figure: keyof Round): Spread {
  return spread(a.rounds.map((one, i) => one[figure] / (b.rounds[i]?.[figure] ?? Number.NaN)));
}
