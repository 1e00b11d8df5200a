import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import fc from "fast-check";
import { DEFAULT_DATA, readTweets } from "./dataset.ts";
import { FOLDS, foldOf, isTest, normalize } from "./split.ts";

test.each([
  ["@ann I'm at  http://a.b/c in 5", "@bob i'm at www.x.org\tin 12 "],
  ["Good Morning", " good\nmorning "],
  ["call 555-1234", "call 1-2"],
])("%j and %j are near duplicates", (a, b) => {
  expect(normalize(a)).toBe(normalize(b));
});

test("texts with other words are not duplicates", () => {
  expect(normalize("good morning")).not.toBe(normalize("good evening"));
});

test("names, links, numbers, case and blanks do not change the part or fold", () => {
  const name = fc.stringMatching(/^[a-z0-9_]{1,12}$/);
  const texts = fc.tuple(fc.lorem(), name, name, fc.nat(), fc.nat());
  fc.assert(
    fc.property(texts, ([words, one, two, m, n]) => {
      const a = `@${one} ${words} ${m} http://${one}.com`;
      const b = `@${two}  ${words.toUpperCase()} ${n} https://${two}.org/x `;
      expect(isTest(a)).toBe(isTest(b));
      expect(foldOf(a)).toBe(foldOf(b));
    }),
  );
});

const present = existsSync(DEFAULT_DATA);
if (!present) console.log(`skipped: real tweets, no data at ${DEFAULT_DATA}`);

test.skipIf(!present)(
  "real tweets: no normalized text is in both parts, and the parts have the expected sizes",
  () => {
    const sides = new Map<string, boolean>();
    const folds = new Float64Array(FOLDS);
    let tests = 0;
    const { examples } = readTweets(DEFAULT_DATA);
    for (const { text } of examples) {
      const normalized = normalize(text);
      const side = isTest(text);
      expect(sides.get(normalized) ?? side).toBe(side);
      sides.set(normalized, side);
      if (side) tests++;
      else folds[foldOf(text)]!++;
    }
    expect(tests / examples.length).toBeCloseTo(26 / 256, 2);
    for (const size of folds) expect(size / (examples.length - tests)).toBeCloseTo(1 / FOLDS, 1);
  },
);
