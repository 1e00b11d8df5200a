import { Random } from "../training/random.ts";
import { type Metrics, measure, type Outcome } from "./metrics.ts";

type Interval = readonly [low: number, high: number];
export type Intervals = Readonly<Record<keyof Metrics, Interval>>;

const RESAMPLES = 1_000;
const SEED = 20_260;

/** 95 % percentile intervals (Efron, 1979) over resampled texts; seeded, so the result is reproducible. */
export function bootstrap(outcomes: readonly Outcome[], resamples: number = RESAMPLES): Intervals {
  const random = new Random(SEED);
  const draws: Metrics[] = [];
  for (let r = 0; r < resamples; r++) {
    draws.push(measure(outcomes.map(() => outcomes[random.next() % outcomes.length]!)));
  }
  const interval = (key: keyof Metrics): Interval => {
    const sorted = Float64Array.from(draws, (draw) => draw[key]).sort();
    return [sorted[Math.floor(0.025 * resamples)]!, sorted[Math.ceil(0.975 * resamples) - 1]!];
  };
  return {
    accuracy: interval("accuracy"),
    macroF1: interval("macroF1"),
    top3: interval("top3"),
    logLoss: interval("logLoss"),
    ece: interval("ece"),
  };
}
