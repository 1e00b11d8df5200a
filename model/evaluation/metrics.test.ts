import { expect, test } from "bun:test";
import { EMOTION_COUNT } from "../training/emotions.ts";
import { bootstrap } from "./bootstrap.ts";
import { belowFloor, FLOOR, measure, type Outcome, outcomeOf } from "./metrics.ts";
import { plot } from "./plot.ts";
import { confusion, perLabel, reliability } from "./tables.ts";

function distribution(...first: number[]): Float64Array {
  const rest = (1 - first.reduce((sum, p) => sum + p, 0)) / (EMOTION_COUNT - first.length);
  return Float64Array.from({ length: EMOTION_COUNT }, (_, k) => first[k] ?? rest);
}

const outcomes: Outcome[] = [
  outcomeOf(distribution(0.6, 0.2, 0.1), 0),
  outcomeOf(distribution(0.6, 0.2, 0.1), 1),
  outcomeOf(distribution(0.2, 0.5, 0.15), 1),
  outcomeOf(distribution(0.4, 0.3, 0.2), 3),
];

test("metrics equal values computed by hand", () => {
  const metrics = measure(outcomes);
  expect(metrics.accuracy).toBe(0.5);
  // label 0: 1 hit, 3 guesses, 1 text; label 1: 1 hit, 1 guess, 2 texts; label 3: none
  expect(metrics.macroF1).toBeCloseTo((2 / 4 + 2 / 3) / 13, 12);
  expect(metrics.top3).toBe(0.75);
  expect(metrics.logLoss).toBeCloseTo(-Math.log(0.6 * 0.2 * 0.5 * 0.01) / 4, 12);
  // bins: {0.6, 0.6} one right, {0.5} right, {0.4} wrong; bin edges at 1/15
  expect(metrics.ece).toBeCloseTo((Math.abs(1 - 1.2) + 0.5 + 0.4) / 4, 12);
});

test("third place is among the top three, fourth is not", () => {
  const four = distribution(0.4, 0.3, 0.2, 0.05);
  expect([0, 1, 2, 3].map((truth) => outcomeOf(four, truth).inTop3)).toEqual([true, true, true, false]);
});

test("ties: the first label is predicted, and a tied true label is not in the top three", () => {
  const flat = outcomeOf(distribution(), 5);
  expect(flat.predicted).toBe(0);
  expect(flat.inTop3).toBe(false);
});

test("confusion matrix, per-label rows and bins are consistent", () => {
  const matrix = confusion(outcomes);
  expect(matrix[1]![0]).toBe(1);
  expect(matrix.flat().reduce((sum, n) => sum + n, 0)).toBe(4);
  expect(perLabel(matrix)[0]).toEqual({ label: "anger", precision: 1 / 3, recall: 1, f1: 0.5, support: 1 });
  const bins = reliability(outcomes);
  expect(bins.map((bin) => bin.count).reduce((a, b) => a + b)).toBe(4);
  expect(bins[9]).toEqual({ confidence: 0.6, accuracy: 0.5, count: 2 });
});

test("intervals contain the metric, are reproducible, and shrink with more texts", () => {
  const few = bootstrap(outcomes.slice(0, 3), 200);
  expect(bootstrap(outcomes.slice(0, 3), 200)).toEqual(few);
  const many = bootstrap(new Array<Outcome[]>(200).fill(outcomes).flat(), 200);
  expect(many.accuracy[0]).toBeLessThanOrEqual(0.5);
  expect(many.accuracy[1]).toBeGreaterThanOrEqual(0.5);
  expect(many.accuracy[1] - many.accuracy[0]).toBeLessThan(few.accuracy[1] - few.accuracy[0]);
});

test("metrics at the floor pass, and each metric below it is reported", () => {
  expect(belowFloor(FLOOR)).toEqual([]);
  expect(belowFloor({ ...FLOOR, accuracy: FLOOR.accuracy - 0.01, ece: 1 })).toHaveLength(2);
  expect(belowFloor({ ...FLOOR, logLoss: Number.NaN })).toHaveLength(1);
});

test("the plot is one SVG document with a dot for each non-empty bin", () => {
  const svg = plot(reliability(outcomes), confusion(outcomes));
  expect(svg.startsWith("<svg ")).toBe(true);
  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).not.toContain("NaN");
});
