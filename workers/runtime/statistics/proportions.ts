// Intervals of proportions and of their differences. Pure; counts in, shares out.
import { betaQuantile } from "./beta.ts";

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
