// The distribution function of the beta distribution, and its inverse.

/** Coefficients B(2k) / (2k (2k - 1)) of Stirling's series. NIST Digital Library of Mathematical Functions, 5.11.1. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188];
const LARGE = 12;

/** The logarithm of the gamma function, for x > 0. */
export function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  for (; at < LARGE; at++) shift += Math.log(at);
  const series = STIRLING.reduce((sum, coefficient, k) => sum + coefficient / at ** (2 * k + 1), 0);
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series - shift;
}

/** A denominator of the continued fraction is never exactly 0. */
const TINY = 1e-300;
const PRECISE = 1e-15;
const MAX_STEPS = 100_000;

/** The continued fraction of the incomplete beta function, by Lentz's method. DLMF 8.17.22. */
function continuedFraction(x: number, a: number, b: number): number {
  const bounded = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let numerator = 1;
  let denominator = 1 / bounded(1 - ((a + b) * x) / (a + 1));
  let value = denominator;
  for (let m = 1; m <= MAX_STEPS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let factor = 1;
    for (const term of [even, odd]) {
      denominator = 1 / bounded(1 + term * denominator);
      numerator = bounded(1 + term / numerator);
      factor = denominator * numerator;
      value *= factor;
    }
    if (Math.abs(factor - 1) < PRECISE) break;
  }
  return value;
}

/** The regularized incomplete beta function I_x(a, b): the probability that a beta variable is at most x. */
export function betaProbability(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges quickly only on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaProbability(1 - x, b, a);
  const front = a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b);
  return (Math.exp(front) / a) * continuedFraction(x, a, b);
}

/** The x with I_x(a, b) = probability, by bisection. */
export function betaQuantile(probability: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (betaProbability(middle, a, b) < probability) low = middle;
    else high = middle;
  }
}
