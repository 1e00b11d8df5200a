// What becomes of simulated canaries: how often a good one is rolled back, and how soon a bad one.
import { expect, test } from "bun:test";
import { rollout, SETTINGS } from "./test-rollout.ts";

const GOOD = { errors: 0.003, slow: 0.05 };
const seeds = (number: number) => Array.from({ length: number }, (_, i) => i + 1);
const median = (all: number[]) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;

test("of 1,000 rollouts of equal versions, looked at every 15 s, at most 5 % are rolled back", () => {
  const ends = seeds(1000).map((seed) =>
    rollout({ seed, rate: 100, lookMs: 15_000, looks: 120, stable: GOOD, candidate: GOOD }),
  );
  const of = (outcome: string) => ends.filter(({ state }) => state.outcome === outcome);
  const minutes = median(of("passed").map(({ ms }) => ms)) / 60_000;
  console.log(`  rolled back ${of("failed").length}, passed ${of("passed").length} (median ${minutes} min)`);
  expect(of("failed").length).toBeLessThanOrEqual(50);
  expect(of("passed").length).toBeGreaterThan(900);
}, 120_000);

test.each([
  ["no traffic", { rate: 0, looks: 240 }],
  ["Prometheus does not answer", { rate: 50, looks: 240, answers: () => false }],
  ["3 requests an hour, for a week", { rate: 3 / 3600, lookMs: 3_600_000, looks: 168 }],
])(
  "%s: no promotion and no rollback in 100 rollouts",
  (_name, options) => {
    for (const seed of seeds(100)) {
      const { state } = rollout({ seed, lookMs: 15_000, stable: GOOD, candidate: GOOD, ...options });
      expect({ outcome: state.outcome, step: state.step, overdue: state.overdue }).toEqual({
        outcome: "running",
        step: 0,
        overdue: true,
      });
    }
  },
  60_000,
);

test.each([
  ["10 % errors", { errors: 0.1, slow: 0.05 }],
  ["50 ms slower at an objective of 25 ms", { errors: 0.003, slow: 1 }],
])(
  "a candidate with %s at two requests a second is rolled back in at least 95 %% of 200",
  (_name, candidate) => {
    // Of 40 requests a second, 5 % are the canary's.
    const ends = seeds(200).map((seed) =>
      rollout({ seed, rate: 40, lookMs: 5000, looks: 360, stable: GOOD, candidate }),
    );
    const caught = ends.filter(({ state }) => state.outcome === "failed" && state.step === 0);
    console.log(`  caught ${caught.length}, median ${median(caught.map(({ ms }) => ms)) / 1000} s`);
    expect(caught.length).toBeGreaterThanOrEqual(190);
  },
  60_000,
);

test("ON_TIMEOUT=rollback: without evidence it goes back to 0", () => {
  const settings = { onTimeout: "rollback", stepMs: 60_000 } as const;
  const { state, ms } = rollout({
    seed: 1,
    rate: 0,
    lookMs: 5000,
    looks: 100,
    stable: GOOD,
    candidate: GOOD,
    settings,
  });
  expect({ outcome: state.outcome, ms }).toEqual({ outcome: "stopped", ms: 60_000 });
  expect(SETTINGS.onTimeout).toBe("hold");
});
