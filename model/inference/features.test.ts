import { expect, test } from "bun:test";
import fc from "fast-check";
import { lexiconEntries } from "../training/words.ts";
import { BLOCKS } from "./blocks.ts";
import { Featurizer } from "./features.ts";
import { Lexicon } from "./lexicon.ts";

const BITS = 16;
const words = lexiconEntries();
const lexicon = new Lexicon(words.keys, words.scores);
const featurizer = new Featurizer(lexicon, BITS);

function read(text: string, using: Featurizer = featurizer): number[][] {
  using.read(text);
  return using.blocks.map((block) => [...block.buckets.subarray(0, block.count)]);
}

function block(name: (typeof BLOCKS)[number], text: string): number[] {
  return read(text)[BLOCKS.indexOf(name)]!;
}

test("features do not depend on texts read before", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (text, before) => {
      const fresh = read(text, new Featurizer(lexicon, BITS));
      featurizer.read(before);
      expect(read(text)).toEqual(fresh);
    }),
    { numRuns: 200 },
  );
});

test("buckets are the same as when the artifact was trained", () => {
  const hash = new Bun.CryptoHasher("sha256");
  for (const text of ["I'm not happy :( http://a.b @x &lt;3", "😂 sooo GOOD!!! 22", "über שלום"]) {
    hash.update(JSON.stringify(read(text)));
  }
  // a change here changes every feature: increase FORMAT_VERSION and train again
  expect(hash.digest("hex").slice(0, 16)).toBe("05d04e87575fe44f");
});

test("one word feature and one bigram per token, n-grams within a word and its blanks", () => {
  expect(block("word", "a bc")).toHaveLength(2);
  expect(block("bigram", "a bc")).toHaveLength(2);
  expect(block("char3", "a bc")).toHaveLength(3); // " a ", " bc", "bc "
  expect(block("char4", "a bc")).toHaveLength(1); // " bc "
  expect(block("char5", "a bc")).toHaveLength(0);
  expect(block("char5", "abc")).toHaveLength(1); // " abc "
});

test("word order changes bigrams only", () => {
  expect(block("word", "dog bites man").sort()).toEqual(block("word", "man bites dog").sort());
  expect(block("char4", "dog bites man").sort()).toEqual(block("char4", "man bites dog").sort());
  expect(block("bigram", "dog bites man").sort()).not.toEqual(block("bigram", "man bites dog").sort());
});

test.each<[string, string, boolean]>([
  ["good", "happy", true],
  ["not happy", "happy", false],
  ["not happy", "can't be happy", true],
  ["not. happy", "table. happy", true],
  ["not a b c happy", "x a b c happy", true],
  ["fine :)", "fine :(", false],
  ["constructor", "table", true],
])("lexicon features of %j and %j are equal: %p", (a, b, equal) => {
  expect(Bun.deepEquals(block("lexicon", a), block("lexicon", b))).toBe(equal);
});

test.each([
  ["hello", "HELLO"],
  ["so", "sooooo"],
  ["what", "what?"],
  ["hi", "hi!!"],
  ["hi bob", "hi @bob"],
  ["a b", "a  b"],
])("shape features of %j and %j differ", (a, b) => {
  expect(block("shape", a)).not.toEqual(block("shape", b));
});
