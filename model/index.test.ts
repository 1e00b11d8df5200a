import { expect, test } from "bun:test";
import fc from "fast-check";
import { LABELS, loadModel, shipped } from "./index.ts";

const RUNS = { numRuns: 10_000 };
const model = loadModel();

/** Arbitrary UTF-16 units, including lone surrogates, and text that looks like tweets. */
const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
    .map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom("love", "not", "sad", ":(", "@x", "http://a", "!!!", "&lt;3", "😂", "soooo", "'", " "),
    )
    .map((words) => words.join(" ")),
);

test("predict is always one of the labels with a probability", () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const { label, probability } = model.predict(text);
      expect(LABELS).toContain(label);
      expect(probability).toBeGreaterThanOrEqual(1 / LABELS.length - 1e-12);
      expect(probability).toBeLessThanOrEqual(1);
    }),
    RUNS,
  );
});

test("explain agrees with predict, its distribution is valid and its contributions add up", () => {
  fc.assert(
    fc.property(anyString, (text) => {
      const { label, probability } = model.predict(text);
      const explained = model.explain(text);
      expect(explained.label).toBe(label);
      expect(explained.probabilities[label]!).toBeCloseTo(probability, 12);
      const all = Object.values(explained.probabilities);
      expect(Math.max(...all)).toBe(explained.probabilities[label]!);
      expect(all.every((p) => p >= 0)).toBe(true);
      expect(all.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
      const sum = explained.tokens.reduce((total, token) => total + token.contribution, explained.bias);
      expect(Math.abs(sum - explained.logit)).toBeLessThan(1e-9);
    }),
    RUNS,
  );
});

test("every explained token has the right offsets, in order", () => {
  fc.assert(
    fc.property(anyString, (text) => {
      let last = 0;
      for (const { token, start, end } of model.explain(text).tokens) {
        expect(start).toBeGreaterThanOrEqual(last);
        expect(end).toBeGreaterThan(start);
        expect(text.slice(start, end)).toBe(token);
        last = end;
      }
    }),
    { numRuns: 2_000 },
  );
});

test("permuting a batch permutes the results: calls are independent", () => {
  const batch = fc.array(anyString, { minLength: 1, maxLength: 12 });
  const shuffled = batch.chain((texts) =>
    fc.tuple(
      fc.constant(texts),
      fc.shuffledSubarray([...texts.keys()], { minLength: texts.length, maxLength: texts.length }),
    ),
  );
  fc.assert(
    fc.property(shuffled, ([texts, order]) => {
      const answers = texts.map((text) => model.predict(text));
      expect(order.map((i) => model.predict(texts[i]!))).toEqual(order.map((i) => answers[i]!));
    }),
    { numRuns: 2_000 },
  );
});

test.each<[string, string]>([
  ["an empty text", ""],
  ["blanks only", "  \n\t "],
  ["5,000 emoji", "😂".repeat(5_000)],
  ["lone surrogates", "\ud800".repeat(100) + "\udc00".repeat(100)],
  ["right-to-left text", "\u202eأنا سعيد جدا اليوم\u202c"],
  ["object keys", "constructor __proto__ toString hasOwnProperty"],
  ["a megabyte of one letter", "a".repeat(1 << 20)],
  ["NUL and controls", "\u0000\u0001\u007f"],
])("%s gives a valid distribution", (_, text) => {
  const distribution = model.probabilities(text);
  expect(distribution).toHaveLength(LABELS.length);
  expect(distribution.every((p) => p > 0 && p <= 1)).toBe(true);
  expect(distribution.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
});

test.skipIf(!shipped).each([
  ["I love you so much, you are the best", "love"],
  ["happy mothers day to all moms!", "love"],
  ["I hate this stupid thing", "hate"],
  ["I miss you so much, this is so sad", "sadness"],
])("%j reads as %s", (text, label) => {
  expect(model.predict(text).label).toBe(label);
});

test("time is linear in the length of the text for all kinds of characters", () => {
  for (const unit of ["a", "a ", "😂", "!?", ":", "@", "&", "aA1'", "http://", "not good "]) {
    const text = unit.repeat(5_000).slice(0, 5_000);
    const started = performance.now();
    for (let i = 0; i < 20; i++) model.predict(text);
    expect((performance.now() - started) / 20).toBeLessThan(10);
  }
});
