import type { Metrics } from "./metrics.ts";

/** Below these on the test part a change does not get in; a little under what the artifact reaches. */
export const FLOOR: Metrics = { accuracy: 0.375, macroF1: 0.19, top3: 0.71, logLoss: 1.83, ece: 0.03 };

/** One line for each figure that is worse than the floor. */
export function belowFloor(metrics: Metrics): string[] {
  const worse = (name: keyof Metrics, value: number, limit: number): boolean =>
    name === "logLoss" || name === "ece" ? !(value <= limit) : !(value >= limit);
  return (Object.keys(FLOOR) as (keyof Metrics)[])
    .filter((name) => worse(name, metrics[name], FLOOR[name]))
    .map((name) => `${name} is ${metrics[name].toFixed(4)}, the floor is ${FLOOR[name]}`);
}
