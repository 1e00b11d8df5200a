import { describe, expect, test } from "bun:test";
import { betaProbability, logGamma } from "./beta.ts";
import type { Count } from "./proportions.ts";
import { logMixture, mismatch, requestsNeeded, sequence, sequenceOfDifference } from "./sequences.ts";
import { uniform } from "./test-random.ts";

/** `logMixture` by integration over the share sin(x)^2, in which both priors are smooth. */
function byIntegration({ hits, of }: Count, share: number): number {
  const STEPS = 1000;
  const integral = (a: number, b: number, log = 0) => {
    let sum = 0;
    for (let i = 0; i < STEPS; i++) {
      const x = ((i + 0.5) / STEPS) * (Math.PI / 2);
      sum += Math.exp((2 * a - 1) * Math.log(Math.sin(x)) + (2 * b - 1) * Math.log(Math.cos(x)) - log);
    }
    return sum;
  };
  const logLikelihood = (p: number) =>
    (hits === 0 ? 0 : hits * Math.log(p)) + (of === hits ? 0 : (of - hits) * Math.log(1 - p));
  const largest = logLikelihood(hits / of);
  const ratio = (b: number) => integral(hits + 0.5, of - hits + b, largest) / integral(0.5, b);
  return Math.log((ratio(0.5) + ratio(100)) / 2) + largest - logLikelihood(share);
}

const COUNTS: Count[] = [
  { hits: 0, of: 1 },
  { hits: 1, of: 1 },
  { hits: 0, of: 30 },
  { hits: 3, of: 10 },
  { hits: 20, of: 20 },
  { hits: 2, of: 300 },
  { hits: 120, of: 200 },
];
const PAIRS = COUNTS.flatMap((a) => COUNTS.map((b) => [a, b] as const));

describe("the martingale", () => {
  test("is that of a numeric integration", () => {
    for (const count of COUNTS)
      for (const share of [0.003, 0.1, 0.5, 0.95])
        expect(logMixture(count, share)).toBeCloseTo(byIntegration(count, share), 8);
  });

  test("keeps its mean with every observation, up to 1e8", () => {
    expect(logMixture({ hits: 0, of: 0 }, 0.3)).toBeCloseTo(0, 12);
    for (const of of [0, 1, 10, 1000, 1e6, 1e8])
      for (const share of [0.00005, 0.005, 0.4, 0.999]) {
        const hits = Math.round(of * share);
        const now = logMixture({ hits, of }, share);
        const [hit, miss] = [hits + 1, hits].map((each) => logMixture({ hits: each, of: of + 1 }, share));
        const mean = share * Math.exp(hit! - now) + (1 - share) * Math.exp(miss! - now);
        expect(mean).toBeCloseTo(1, of > 1e6 ? 5 : 7);
      }
  });

  test("is infinite exactly for the shares that cannot be", () => {
    expect(logMixture({ hits: 1, of: 10 }, 0)).toBe(Number.POSITIVE_INFINITY);
    expect(logMixture({ hits: 9, of: 10 }, 1)).toBe(Number.POSITIVE_INFINITY);
    expect(logMixture({ hits: 0, of: 10 }, 0)).toBeLessThan(0);
    expect(logMixture({ hits: 10, of: 10 }, 1)).toBeLessThan(0);
  });
});

describe("the confidence sequence of a difference", () => {
  test("ends where the martingale of each stream reaches 40", () => {
    const [a, b] = [
      { hits: 3, of: 400 },
      { hits: 11, of: 900 },
    ];
    const { low, high } = sequenceOfDifference(a, b, 0.95);
    const first = sequence(a, 0.975);
    expect(low).toBeCloseTo(first.low - sequence(b, 0.975).high, 12);
    expect(high).toBeCloseTo(first.high - sequence(b, 0.975).low, 12);
    for (const share of [first.low, first.high]) expect(logMixture(a, share)).toBeCloseTo(Math.log(40), 6);
  });

  test("excludes the truth at any of 200 looks in at most 50 of 1,000 pairs of streams", () => {
    const [RUNS, LOOKS, LONGEST] = [1000, 200, 20_000];
    const excluded = (shareA: number, shareB: number, ratio = 1) => {
      const random = uniform(7);
      const grow = (count: Count, of: number, share: number) => {
        for (; count.of < of; count.of++) if (random() < share) count.hits++;
      };
      let runs = 0;
      for (let run = 0; run < RUNS; run++) {
        const [a, b] = [
          { hits: 0, of: 0 },
          { hits: 0, of: 0 },
        ];
        for (let look = 1; look <= LOOKS; look++) {
          const of = Math.ceil(LONGEST ** (look / LOOKS));
          if (of === b.of) continue;
          grow(a, Math.ceil(of * ratio), shareA);
          grow(b, of, shareB);
          const { low, high } = sequenceOfDifference(a, b);
          if (low <= shareA - shareB && shareA - shareB <= high) continue;
          runs++;
          break;
        }
      }
      return runs;
    };
    const counts = [
      excluded(0.005, 0.005),
      excluded(0.005, 0.005, 0.1),
      excluded(0.1, 0.02),
      excluded(0, 0),
      excluded(0.5, 0.5),
    ];
    console.log("  excluded:", ...counts);
    expect(Math.max(...counts)).toBeLessThanOrEqual(50);
  }, 60_000);

  test("contains the estimate, within -1 to 1", () => {
    for (const [a, b] of PAIRS) {
      const { share, low, high } = sequenceOfDifference(a, b);
      expect(share).toBe(a.hits / a.of - b.hits / b.of);
      expect([-1, low, share, high, 1]).toEqual([-1, low, share, high, 1].sort((x, y) => x - y));
    }
  });

  test("becomes narrower with ten times the observations", () => {
    for (const [a, b] of PAIRS) {
      const widths = [1, 10, 100, 1000, 1e4, 1e5].map((factor) => {
        const grown = ({ hits, of }: Count) => ({ hits: hits * factor, of: of * factor });
        const { low, high } = sequenceOfDifference(grown(a), grown(b));
        return high - low;
      });
      for (let i = 1; i < widths.length; i++) expect(widths[i]!).toBeLessThan(widths[i - 1]!);
      expect(widths.at(-1)!).toBeLessThan(0.02);
    }
  });

  test("of b - a is that of a - b, negated", () => {
    for (const [a, b] of PAIRS) {
      const [forth, back] = [sequenceOfDifference(a, b), sequenceOfDifference(b, a)];
      expect(back.low).toBeCloseTo(-forth.high, 12);
      expect(back.high).toBeCloseTo(-forth.low, 12);
    }
  });

  // One of the priors prefers small shares, so hits and misses are not interchangeable.
  test("is narrower for no hits than for hits only", () => {
    const width = (hits: number) => {
      const { low, high } = sequenceOfDifference({ hits, of: 1000 }, { hits, of: 1000 });
      return high - low;
    };
    expect(width(0)).toBeLessThan(0.9 * width(1000));
  });

  test("is wider for more confidence", () => {
    for (const [a, b] of PAIRS) {
      const intervals = [0.5, 0.9, 0.95, 0.99, 0.9999].map((each) => sequenceOfDifference(a, b, each));
      for (let i = 1; i < intervals.length; i++) {
        expect(intervals[i]!.low).toBeLessThanOrEqual(intervals[i - 1]!.low);
        expect(intervals[i]!.high).toBeGreaterThanOrEqual(intervals[i - 1]!.high);
      }
      expect(intervals.at(-1)!.high - intervals.at(-1)!.low).toBeGreaterThan(
        intervals[0]!.high - intervals[0]!.low,
      );
    }
  });

  test("says nothing without observations in either stream", () => {
    const [none, some] = [
      { hits: 0, of: 0 },
      { hits: 1, of: 10 },
    ];
    for (const [a, b] of [
      [none, some],
      [some, none],
      [none, none],
    ] as const)
      expect(sequenceOfDifference(a, b)).toEqual({ share: Number.NaN, low: -1, high: 1 });
  });
});

describe("the confidence sequence of a proportion", () => {
  test("ends where the martingale reaches 20, or at 0 or 1", () => {
    for (const count of [...COUNTS, { hits: 500_000, of: 1e8 }]) {
      const { share, low, high } = sequence(count);
      expect(share).toBe(count.hits / count.of);
      if (count.hits === 0) expect(low).toBe(0);
      else expect(logMixture(count, low)).toBeCloseTo(Math.log(20), 5);
      if (count.hits === count.of) expect(high).toBe(1);
      else expect(logMixture(count, high)).toBeCloseTo(Math.log(20), 5);
      expect([low, share, high]).toEqual([low, share, high].sort((x, y) => x - y));
    }
    expect(sequence({ hits: 0, of: 0 })).toEqual({ share: Number.NaN, low: 0, high: 1 });
  });

  test("is narrower than without the prior for shares near half a percent", () => {
    for (const of of [300, 1000, 10_000]) {
      // 0 of n under Beta(1/2, 1/2) alone: G(n + 1/2) / G(n + 1) / G(1/2) (1 - p)^-n < 20.
      const log = logGamma(of + 0.5) - logGamma(of + 1) - logGamma(0.5);
      const alone = -Math.expm1((log - Math.log(20)) / of);
      expect(sequence({ hits: 0, of }).high).toBeLessThan(0.9 * alone);
    }
  });
});

describe("the requests needed", () => {
  const MARGIN = 0.005;
  const grown = ({ hits, of }: Count, factor: number) => ({ hits: hits * factor, of: of * factor });

  test("decide, and one fewer does not", () => {
    for (const [a, b] of [
      [
        { hits: 0, of: 100 },
        { hits: 0, of: 1000 },
      ],
      [
        { hits: 1, of: 500 },
        { hits: 2, of: 900 },
      ],
      [
        { hits: 4, of: 200 },
        { hits: 0, of: 2000 },
      ],
    ] as const) {
      const needed = requestsNeeded(a, b, MARGIN)!;
      const decided = (more: number) => {
        const factor = 1 + more / a.of;
        const { low, high } = sequenceOfDifference(grown(a, factor), grown(b, factor));
        return high < MARGIN || low > MARGIN;
      };
      expect(needed).toBeGreaterThan(0);
      expect([needed - 1, needed, 2 * needed].map(decided)).toEqual([false, true, true]);
    }
  });

  test("are none once decided", () => {
    expect(requestsNeeded({ hits: 0, of: 10_000 }, { hits: 0, of: 10_000 }, MARGIN)).toBe(0);
    expect(requestsNeeded({ hits: 900, of: 1000 }, { hits: 0, of: 10_000 }, MARGIN)).toBe(0);
  });

  test("are unknown at the margin, close to it, and without observations", () => {
    const b = { hits: 0, of: 10_000 };
    expect(requestsNeeded({ hits: 5, of: 1000 }, b, MARGIN)).toBeUndefined();
    expect(requestsNeeded({ hits: 50_001, of: 1e7 }, b, MARGIN)).toBeUndefined();
    expect(requestsNeeded({ hits: 0, of: 0 }, b, MARGIN)).toBeUndefined();
    expect(requestsNeeded(b, { hits: 0, of: 0 }, MARGIN)).toBeUndefined();
  });
});

describe("the sample-ratio mismatch", () => {
  test("has the published tail of the normal distribution", () => {
    // 5,000 + 50 z of 10,000 is z standard deviations from one half.
    const tails = [
      [1, 0.31731050786291],
      [2, 0.0455002638963584],
      [2.8, 0.00511026066085491],
      [3, 0.00269979606326019],
      [5, 5.73303143758389e-7],
      [7, 2.55962508777167e-12],
    ] as const;
    for (const [z, tail] of tails)
      for (const a of [5000 + 50 * z, 5000 - 50 * z])
        expect(mismatch([a, 10_000 - a], 0.5) / tail).toBeCloseTo(1, 9);
  });

  test("is close to the exact binomial test", () => {
    for (const a of [100_300, 100_900, 101_200]) {
      const exact = 2 * betaProbability(0.1, a, 1_000_000 - a + 1);
      expect(mismatch([a, 1_000_000 - a], 0.1) / exact).toBeWithin(0.9, 1.1);
    }
  });

  test("is 1 for the intended split and without observations, 0 for an impossible one", () => {
    expect([mismatch([100, 900], 0.1), mismatch([0, 0], 0.1), mismatch([0, 5], 0)]).toEqual([1, 1, 1]);
    expect(mismatch([1, 5], 0)).toBe(0);
  });
});
