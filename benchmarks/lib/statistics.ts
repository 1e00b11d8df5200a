export interface Spread {
  median: number;
  min: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
  return { median, min: sorted[0] ?? Number.NaN, max: sorted.at(-1) ?? Number.NaN };
}

/** The value below which this share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * values.length)] ?? Number.NaN;
}

const DRAWS = 2000;

/** The median, and as `min` and `max` the 95 % interval of the medians of values drawn again (bootstrap). */
export function medianInterval(values: readonly number[]): Spread {
  const drawn = () => values[Math.floor(Math.random() * values.length)]!;
  const medians = Array.from({ length: DRAWS }, () => spread(values.map(drawn)).median);
  return {
    median: spread(values).median,
    min: quantile(medians, 0.025),
    max: quantile(medians, 0.975),
  };
}
