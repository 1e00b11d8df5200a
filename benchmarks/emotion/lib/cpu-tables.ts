// Where CPU time goes: by group of processes, and by feature.
import { cpu, GROUPS, ofBase, over, type Result, saved } from "./measure.ts";
import { fixed, table, withSpread } from "./table.ts";

export function byGroup(results: Result[]): string {
  const rows = results.map((result) => [
    result.name,
    ...GROUPS.map((group) => fixed(1)(over(result, (round) => round.cpu[group]).median)),
    withSpread(over(result, cpu), fixed(0)),
  ]);
  return table(["CPU µs a request", ...GROUPS, "all"], rows);
}

/** What each feature costs: the CPU time of the base less that of the variant without the feature. */
export function prices(variants: { feature: string; base: string; result: Result }[]): string {
  const rows = variants.map(({ feature, base, result }) => [
    feature,
    base,
    withSpread(over(result, cpu), fixed(0)),
    withSpread(ofBase(result, cpu), fixed(2)),
    withSpread(saved(result, cpu), fixed(1)),
  ]);
  return table(["switched off", "of", "CPU µs a request without", "ratio", "price, µs"], rows);
}
