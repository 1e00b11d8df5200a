// Confidence sequences: intervals of shares that stay valid however often they are looked at. Pure; counts in, shares out.
import { logGamma } from "./beta.ts";
import { CONFIDENCE, type Count, type Estimate } from "./proportions.ts";

/** Beta priors of the mixture, each with half the weight: any share, and shares near half a percent. */
const PRIORS = [
  [1 / 2, 1 / 2],
  [1 / 2, 100],
] as const;

const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b);
/** 0 of an event with probability 0 has likelihood 1. */
const logPower = (times: number, log: number) => (times === 0 ? 0 : times * log);

/** `logMixture` of one count, as a function of the share. */
function logMixtureOf({ hits, of }: Count): (share: number) => number {
  const likelihoods = PRIORS.map(([a, b]) => logBeta(hits + a, of - hits + b) - logBeta(a, b));
  const largest = Math.max(...likelihoods);
  const sum = likelihoods.reduce((total, log) => total + Math.exp(log - largest), 0);
  const mean = largest + Math.log(sum / PRIORS.length);
  return (share) => mean - logPower(hits, Math.log(share)) - logPower(of - hits, Math.log1p(-share));
}

/**
 * The logarithm of a martingale M that starts at 1: the likelihood of the observations under a mixture of shares, divided by that
 * under `share`. If `share` is the true one, M ever reaches 1 / alpha with probability at most alpha (Ville's inequality, 1939).
 * Method of mixtures: H. Robbins, Annals of Mathematical Statistics 41 (1970). Infinite where `share` is impossible. The
 * absolute error is about 1e-6 for 1e8 observations.
 */
export function logMixture(count: Count, share: number): number {
  return logMixtureOf(count)(share);
}

/** The share at which the derivative of `logMixture`, (of - hits) / (1 - p) - hits / p, is `slope`; else 0 or 1. */
function shareAtSlope({ hits, of }: Count, slope: number): number {
  const linear = of - slope; // slope p^2 + linear p - hits = 0
  const root = Math.sqrt(linear ** 2 + 4 * slope * hits);
  return linear > 0 ? (2 * hits) / (linear + root) : (root - linear) / (2 * slope);
}

/** At this slope every share is 0 or 1, to all digits. */
const STEEPEST = 1e60;
const PRECISE = 1e-10;

/** The smallest slope, from 0, at which `log` reaches 1 / alpha; `STEEPEST` if none does. */
function slopeAtLimit(log: (slope: number) => number, confidence: number): number {
  const limit = -Math.log(1 - confidence);
  let [low, high] = [0, 1];
  for (; log(high) < limit; high *= 2) {
    if (high > STEEPEST) return STEEPEST;
    low = high;
  }
  while (high - low > PRECISE * high) {
    const middle = (low + high) / 2;
    if (log(middle) < limit) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The confidence sequence of a proportion, at this time: with probability 0.95 the intervals of all times cover the true one.
 * S. R. Howard, A. Ramdas, J. McAuliffe and J. Sekhon, Annals of Statistics 49 (2021). Without observations it is 0 to 1,
 * around no share (NaN).
 */
export function sequence(count: Count, confidence = CONFIDENCE): Estimate {
  const log = logMixtureOf(count);
  const limit = (sign: 1 | -1) =>
    shareAtSlope(count, sign * slopeAtLimit((slope) => log(shareAtSlope(count, sign * slope)), confidence));
  return { share: count.hits / count.of, low: limit(-1), high: limit(1) };
}

/**
 * The confidence sequence of the difference a - b: of each stream's own one, with half the error. Better than the product of both
 * martingales where one stream is much larger: that pays for its size.
 */
export function sequenceOfDifference(a: Count, b: Count, confidence = CONFIDENCE): Estimate {
  if (a.of === 0 || b.of === 0) return { share: Number.NaN, low: -1, high: 1 };
  const [first, second] = [sequence(a, (1 + confidence) / 2), sequence(b, (1 + confidence) / 2)];
  return { share: first.share - second.share, low: first.low - second.high, high: first.high - second.low };
}

const MOST_REQUESTS = 1e7;

/**
 * About how many more observations of a decide on which side of `margin` the difference a - b is, if both streams go on with the
 * same shares and the same ratio of sizes. 0 if it is decided; undefined if that takes more than 1e7 or cannot be told.
 */
export function requestsNeeded(
  a: Count,
  b: Count,
  margin: number,
  confidence = CONFIDENCE,
): number | undefined {
  const decided = (more: number) => {
    const grown = ({ hits, of }: Count) => ({ hits: hits * (1 + more / a.of), of: of * (1 + more / a.of) });
    const { low, high } = sequenceOfDifference(grown(a), grown(b), confidence);
    return high < margin || low > margin;
  };
  if (a.of === 0 || b.of === 0 || a.hits / a.of - b.hits / b.of === margin) return undefined;
  if (decided(0)) return 0;
  if (!decided(MOST_REQUESTS)) return undefined;
  let [low, high] = [0, MOST_REQUESTS]; // not decided after `low`, decided after `high`
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (decided(middle)) high = middle;
    else low = middle;
  }
  return high;
}

const TERMS = 100;

/** The complementary error function for x >= 0: a series (DLMF 7.6.2) for small x, a continued fraction (7.9.1) for large. */
function erfc(x: number): number {
  const front = Math.exp(-(x ** 2)) / Math.sqrt(Math.PI);
  if (x > 2) {
    let fraction = x;
    for (let k = TERMS; k > 0; k--) fraction = x + k / 2 / fraction;
    return front / fraction;
  }
  let [term, sum] = [x, x];
  for (let k = 1; k < TERMS; k++) {
    term *= x ** 2 / (k + 1 / 2);
    sum += term;
  }
  return 1 - 2 * front * sum;
}

/**
 * The p-value that a and b observations were split with the intended share of a: Pearson's chi-square test with one degree of
 * freedom. A tiny one means a sample-ratio mismatch, and no comparison of a with b is to be trusted: A. Fabijan et al.,
 * KDD 2019. For one look: with many, some p-value is small by chance.
 */
export function mismatch([a, b]: readonly [a: number, b: number], share: number): number {
  const of = a + b;
  const distance = a - of * share;
  if (distance === 0) return 1;
  return erfc(Math.abs(distance) / Math.sqrt(2 * of * share * (1 - share)));
}
