import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { checkNesting, MAX_DEPTH, MAX_VALUES } from "./nesting.ts";

const levels = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(levels)) : 0;

function refusal(text: string): string | undefined {
  try {
    checkNesting(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const TOO_DEEP = "The request body is nested deeper than 64 levels.";
const TOO_MANY = "The request body holds more than 32768 values.";
const arrays = (depth: number, inside = "") => "[".repeat(depth) + inside + "]".repeat(depth);

test("JSON is refused exactly if it nests too deep, whatever its strings hold", () => {
  const text = fc.string({ unit: fc.constantFrom(...'[]{}"\\,:aé😀\n\u2028', "\ud800", '\\"', "[[[[[[[[") });
  const wrapper = fc.oneof(
    fc
      .record({ before: text, after: text })
      .map((around) => (inner: unknown) => [around.before, inner, around]),
    fc.tuple(text, text).map(([key, other]) => (inner: unknown) => ({ [other]: other, [`${key}!`]: inner })),
    fc.constant((inner: unknown) => [inner]),
  );
  const value = fc
    .tuple(fc.array(wrapper, { minLength: MAX_DEPTH - 8, maxLength: MAX_DEPTH + 4, size: "max" }), text)
    .map(([wrappers, core]) => wrappers.reduce<unknown>((inner, wrap) => wrap(inner), core));
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, "\t"), (value, indent) => {
      const json = JSON.stringify(value, null, indent);
      expect(refusal(json)).toBe(levels(value) > MAX_DEPTH ? TOO_DEEP : undefined);
    }),
  );
});

test("shallow JSON passes", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) =>
      expect(refusal(JSON.stringify(value))).toBe(undefined),
    ),
  );
});

describe("limits", () => {
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
  const wide = (containers: number, one: string) =>
    `[${Array(containers - 1)
      .fill(one)
      .join()}]`;
  const again = Array(50).fill(arrays(63)).join();
  const brackets = `"${"[{".repeat(1000)}\\"${"[{".repeat(1000)}\\\\"`;
  const cases: [string, string, string | undefined][] = [
    ["64 arrays in each other", arrays(64), undefined],
    ["65 arrays in each other", arrays(65), TOO_DEEP],
    ["64 objects in each other", objects(64), undefined],
    ["65 objects in each other", objects(65), TOO_DEEP],
    ["32 arrays around 32 objects", arrays(32, objects(32)), undefined],
    ["50 arrays around 15 objects", arrays(50, objects(15)), TOO_DEEP],
    ["15 arrays around 50 objects", arrays(15, objects(50)), TOO_DEEP],
    ["64 levels, closed and opened many times", `[${again}]`, undefined],
    ["65 levels after 64, closed and opened many times", `[${again},${arrays(64)}]`, TOO_DEEP],
    ["brackets in a string", `[${brackets}]`, undefined],
    ["brackets in a key", `{${brackets}:1}`, undefined],
    ["65 levels after a string of brackets", `[${brackets},${arrays(64)}]`, TOO_DEEP],
    ["a string that ends in an escaped backslash", `["\\\\",${arrays(64)},"\\\\"]`, TOO_DEEP],
    ["the allowed number of arrays", wide(MAX_VALUES, "[]"), undefined],
    ["one array more", wide(MAX_VALUES + 1, "[]"), TOO_MANY],
    ["one object more", wide(MAX_VALUES + 1, "{}"), TOO_MANY],
    ["the allowed number of members", `[${Array(MAX_VALUES + 1).fill("123")}]`, undefined],
    ["one member more", `[${Array(MAX_VALUES + 2).fill("123")}]`, TOO_MANY],
    ["one member more, each of one character", `[${Array(MAX_VALUES + 2).fill(1)}]`, TOO_MANY],
    ["one property more", `{${Array(MAX_VALUES + 2).fill('"a":1')}}`, TOO_MANY],
    ["commas in strings", JSON.stringify([",".repeat(MAX_VALUES), ",".repeat(MAX_VALUES)]), undefined],
    ["an unclosed string", `["${"[".repeat(1000)}\\`, undefined],
  ];
  for (const [name, json, message] of cases) test(name, () => expect(refusal(json)).toBe(message));
});
