import { expect, test } from "bun:test";
import fc from "fast-check";
import { valence } from "./valence.ts";

test("scores and words, in reading order", () => {
  expect(valence("good and happy, but a bad sad end")).toEqual({
    score: 3 + 3 - 3 - 2,
    comparative: 1 / 8,
    positive: ["good", "happy"],
    negative: ["bad", "sad"],
  });
});

test("a word that is a key of every object is not a negation", () => {
  expect(valence("constructor good").score).toBe(valence("builder good").score);
  expect(valence("Constructor good").positive).toEqual(["good"]);
});

test("any string has a finite valence", () => {
  const keys = fc.constantFrom(
    "constructor",
    "__proto__",
    "toString",
    "valueOf",
    "hasOwnProperty",
    "good",
    "not",
  );
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(keys).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(text, (input) => {
      const { score, comparative, positive, negative } = valence(input);
      expect(Number.isFinite(score) && Number.isFinite(comparative)).toBe(true);
      expect([...positive, ...negative].every((word) => typeof word === "string")).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
