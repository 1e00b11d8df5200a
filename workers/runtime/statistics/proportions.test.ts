import { describe, expect, test } from "bun:test";
import { betaProbability, betaQuantile, logGamma } from "./beta.ts";
import { type Count, difference, medianRanks, proportion } from "./proportions.ts";
import { binomial, uniform } from "./test-random.ts";

const sample = (random: () => number, of: number, share: number): Count => ({
  hits: binomial(random, of, share),
  of,
});

test("the gamma function of integers is the factorial, of 1/2 the root of pi", () => {
  let factorial = 1;
  for (let n = 1; n <= 100; n++) {
    expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 9);
    factorial *= n;
  }
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
});

describe("the beta distribution", () => {
  /** The same from the sum of binomial terms: I_x(a, b) = P(Binomial(a + b - 1, x) >= a). */
  function bySum(x: number, a: number, b: number): number {
    const n = a + b - 1;
    let sum = 0;
    for (let k = a; k <= n; k++)
      sum += Math.exp(
        logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(x) + (n - k) * Math.log1p(-x),
      );
    return sum;
  }

  test("is that of the binomial sum", () => {
    for (const a of [1, 2, 17, 400])
      for (const b of [1, 3, 60, 1000])
        for (const x of [0.001, 0.02, 0.3, 0.5, 0.9, 0.999])
          expect(betaProbability(x, a, b)).toBeCloseTo(bySum(x, a, b), 9);
  });

  test("its quantile is its inverse, also for a million", () => {
    for (const [a, b] of [
      [1, 1],
      [3, 5000],
      [20_000, 980_000],
    ] as const)
      for (const p of [0.025, 0.5, 0.975])
        expect(betaProbability(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 9);
  });
});

describe("a proportion", () => {
  test("has the published exact limits", () => {
    // 0 of n: 1 - 0.025^(1/n); the "rule of three" with both tails.
    expect(proportion({ hits: 0, of: 100 }).high).toBeCloseTo(1 - 0.025 ** (1 / 100), 9);
    expect(proportion({ hits: 100, of: 100 }).low).toBeCloseTo(0.025 ** (1 / 100), 9);
    const half = proportion({ hits: 5, of: 10 });
    expect([half.low, half.high].map((each) => each.toFixed(4))).toEqual(["0.1871", "0.8129"]);
    expect(proportion({ hits: 0, of: 0 })).toEqual({ share: Number.NaN, low: 0, high: 1 });
  });

  test("is covered by at least 95 of 100 intervals, exactly, for many sizes and shares", () => {
    for (const of of [1, 5, 20, 100])
      for (let share = 0.01; share < 1; share += 0.01) {
        let covered = 0;
        for (let hits = 0; hits <= of; hits++) {
          const { low, high } = proportion({ hits, of });
          const log = logGamma(of + 1) - logGamma(hits + 1) - logGamma(of - hits + 1);
          if (low <= share && share <= high)
            covered += Math.exp(log + hits * Math.log(share) + (of - hits) * Math.log1p(-share));
        }
        expect(covered).toBeGreaterThanOrEqual(0.95 - 1e-9);
      }
  });
});

describe("of 100 simulated runs of 5,000 pairs, at least 95 intervals cover", () => {
  const RUNS = 100;
  const PAIRS = 5000;
  const covering = (
    seed: number,
    truth: number,
    estimate: (random: () => number) => { low: number; high: number },
  ) => {
    const random = uniform(seed);
    const runs = Array.from({ length: RUNS }, () => estimate(random));
    return runs.filter(({ low, high }) => low <= truth && truth <= high).length;
  };
  const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
  const mean = (all: number[]) => all.reduce((a, b) => a + b, 0) / all.length;

  test("2 % of changed labels", () => {
    const counts = SEEDS.map((seed) =>
      covering(seed, 0.02, (random) => proportion(sample(random, PAIRS, 0.02))),
    );
    console.log("  covered:", ...counts);
    expect(mean(counts)).toBeGreaterThanOrEqual(95);
  });

  test("no difference that remains, where a version differs from itself in 1 % of answers", () => {
    const counts = SEEDS.map((seed) =>
      covering(seed, 0, (random) =>
        difference(sample(random, PAIRS, 0.01), sample(random, PAIRS / 10, 0.01)),
      ),
    );
    console.log("  covered:", ...counts);
    expect(mean(counts)).toBeGreaterThanOrEqual(95);
  });
});

test("the median of few values has no interval; of ten it is that between the second and the ninth", () => {
  expect([0, 5, 6, 10, 20].map((values) => medianRanks(values))).toEqual([
    undefined,
    undefined,
    [0, 5],
    [1, 8],
    [5, 14], // published tables of the sign test
  ]);
  for (const values of [7, 100, 4096]) {
    const [low, high] = medianRanks(values)!;
    expect(low + high).toBe(values - 1);
    const random = uniform(3);
    let covered = 0;
    for (let run = 0; run < 1000; run++) {
      const sample = Float64Array.from({ length: values }, () => random() ** 3).sort();
      if (sample[low]! <= 0.125 && sample[high]! >= 0.125) covered++;
    }
    expect(covered).toBeGreaterThan(930); // 950 are expected at least; fewer than 930 in one of 500 tests
  }
});

test("a difference without observations says nothing", () => {
  expect(difference({ hits: 1, of: 10 }, { hits: 0, of: 0 })).toEqual({
    share: Number.NaN,
    low: -1,
    high: 1,
  });
});
