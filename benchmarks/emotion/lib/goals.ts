import type { Spread } from "../../lib/statistics.ts";
import { baseOf, cpu, find, rate } from "./measure.ts";
import type { Figures } from "./report.ts";
import { RIVALS } from "./stack.ts";
import { fixed, table, withSpread } from "./table.ts";

type Goal = [what: string, measured: string, isMet: boolean];

/** A goal for the median of the rounds' ratios. */
function ratioGoal(what: string, value: Spread, digits: number, holds: (median: number) => boolean): Goal {
  return [what, `${withSpread(value, fixed(digits))} ×`, holds(value.median)];
}

export function goals({ servers, starts, inference }: Figures): string {
  const [bare, original] = [find(servers, "bare Bun.serve"), find(servers, "original")];
  const compiled = starts[0]?.ms.median ?? Number.NaN;
  const speed = inference.ours / inference.theirs;
  const all: Goal[] = [
    ratioGoal("v1 ≥ 0.85 × bare Bun.serve", baseOf(bare, rate), 2, (median) => median >= 0.85),
    ratioGoal("v1 ≥ 10 × the original", baseOf(original, rate), 1, (median) => median >= 10),
    ratioGoal("CPU a request ≤ 1/8 of the original's", baseOf(original, cpu), 3, (median) => median <= 1 / 8),
    ...RIVALS.flatMap((name): Goal[] => {
      const rival = find(servers, name);
      return [
        ratioGoal(`v1 ahead of ${name}: requests/s > 1 ×`, baseOf(rival, rate), 2, (median) => median > 1),
        ratioGoal(`v1 ahead of ${name}: CPU a request < 1 ×`, baseOf(rival, cpu), 2, (median) => median < 1),
      ];
    }),
    ["inference one by one ≥ 100 × scikit-learn's", `${fixed(0)(speed)} ×`, speed >= 100],
    ["compiled worker start to ready ≤ 60 ms", `${fixed(0)(compiled)} ms`, compiled <= 60],
  ];
  return table(
    ["goal", "measured", ""],
    all.map(([what, value, isMet]) => [what, value, isMet ? "met" : "missed"]),
  );
}
