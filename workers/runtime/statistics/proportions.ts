// Intervals of proportions and of their differences. Pure; counts in, shares out.
import { betaProbability, betaQuantile } from "./beta.ts";

export interface Count {
  /** Of `of`. */
  hits: number;
  of: number;
}

/** A share, with the limits of its confidence interval. */
export interface Estimate {
  share: number;
  low: number;
  high: number;
}

export const CONFIDENCE = 0.95;

/**
 * The exact interval of a proportion: it covers the true one in at least 95 of 100 samples, for every size and share.
 * C. J. Clopper and E. S. Pearson, Biometrika 26 (1934). Without observations it is 0 to 1, around no share (NaN).
 */
export function proportion({ hits, of }: Count, confidence = CONFIDENCE): Estimate {
  const tail = (1 - confidence) / 2;
  return {
    share: hits / of,
    low: hits === 0 ? 0 : betaQuantile(tail, hits, of - hits + 1),
    high: hits === of ? 1 : betaQuantile(1 - tail, hits + 1, of - hits),
  };
}

/**
 * The interval of the difference a - b of two proportions, from the limits of each: G. Y. Zou and A. Donner, Statistics
 * in Medicine 27 (2008). It takes them as independent; where they rise and fall together it is wider than needed.
 */
export function difference(a: Count, b: Count, confidence = CONFIDENCE): Estimate {
  const [first, second] = [proportion(a, confidence), proportion(b, confidence)];
  if (a.of === 0 || b.of === 0) return { share: Number.NaN, low: -1, high: 1 };
  const share = first.share - second.share;
  return {
    share,
    low: share - Math.hypot(first.share - first.low, second.high - second.share),
    high: share + Math.hypot(first.high - first.share, second.share - second.low),
  };
}

/**
 * The positions, from 0, of the ordered values between which the median lies in at least 95 of 100 samples, whatever the values
 * are distributed like: the number of values below it is binomial with share 1/2. Undefined for fewer than six values.
 */
export function medianRanks(
  values: number,
  confidence = CONFIDENCE,
): [low: number, high: number] | undefined {
  // The probability that at most k of the values are below the median is that of a beta distribution above 1/2.
  const tail = (1 - confidence) / 2;
  const below = (k: number) => betaProbability(0.5, values - k, k + 1);
  if (values < 6 || below(0) > tail) return undefined;
  let [low, high] = [0, Math.floor(values / 2)]; // below(low) <= tail < below(high)
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (below(middle) <= tail) low = middle;
    else high = middle;
  }
  return [low, values - 1 - low];
}
