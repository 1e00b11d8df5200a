// bun benchmarks/shadow-latency.ts FILE…: latencies without and with a shadow. A file has the rounds of one condition, in turn without
// and with it, one of steady.ts a line. The interval of the difference is that of rounds drawn again (paired bootstrap, 95 %).
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { quantile } from "./lib/statistics.ts";

const DRAWS = 1000;

interface Round {
  failed: number;
  times: number[];
}
type Pair = [off: Round, on: Round];

const read = (file: string): Pair[] => {
  const rounds = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Round);
  return Array.from({ length: rounds.length / 2 }, (_, i) => [rounds[2 * i]!, rounds[2 * i + 1]!]);
};
const timesOf = (pairs: readonly Pair[], side: 0 | 1) => pairs.flatMap((pair) => pair[side].times);
const ms = (value: number) => value.toFixed(2);

/** On minus off. */
function difference(pairs: readonly Pair[], share: number): string {
  const of = (some: readonly Pair[]) => quantile(timesOf(some, 1), share) - quantile(timesOf(some, 0), share);
  const drawn = Array.from({ length: DRAWS }, () =>
    of(pairs.map(() => pairs[Math.floor(Math.random() * pairs.length)]!)),
  );
  const [low, high] = [0.025, 0.975].map((each) => quantile(drawn, each)) as [number, number];
  return `${ms(of(pairs))} (${ms(low)} to ${ms(high)})`;
}

function print(name: string, pairs: readonly Pair[]): void {
  const [off, on] = [timesOf(pairs, 0), timesOf(pairs, 1)];
  const failed = pairs.flat().reduce((sum, round) => sum + round.failed, 0);
  const both = (share: number) => `${ms(quantile(off, share))} off, ${ms(quantile(on, share))} on`;
  console.log(`${name}: ${off.length + on.length} requests, ${failed} failed`);
  for (const share of [0.5, 0.99])
    console.log(`  p${share * 100}: ${both(share)}, difference ${difference(pairs, share)}`);
  console.log(`  worst: ${ms(Math.max(...off))} off, ${ms(Math.max(...on))} on`);
}

const found = process.argv.slice(2).map((file) => [basename(file, ".jsonl"), read(file)] as const);
for (const [name, pairs] of found) print(name, pairs);
if (found.length > 1)
  print(
    "all",
    found.flatMap(([, pairs]) => pairs),
  );
