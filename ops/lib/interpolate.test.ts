import { expect, test } from "bun:test";
import { defaults, interpolate } from "./interpolate.ts";

const cases: [string, string, Record<string, string>, string][] = [
  ["a set variable wins", "${A:-1}", { A: "2" }, "2"],
  ["the default when unset", "${A:-1}", {}, "1"],
  ["the default when empty, with a colon", "${A:-1}", { A: "" }, "1"],
  ["empty stays empty without a colon", "${A-1}", { A: "" }, ""],
  ["two dollars are one", "$$A", { A: "x" }, "$A"],
  ["several in one text", "${A:-1}:${B:-2}:3", { B: "9" }, "1:9:3"],
];
for (const [name, text, env, expected] of cases) {
  test(name, () => expect(interpolate(text, env)).toBe(expected));
}

test("a required variable stops with its message", () => {
  expect(() => interpolate("${A:?set A}", {})).toThrow("A is required: set A");
});

test("the defaults of a text are listed", () => {
  expect([...defaults("${A:-1} ${B}")]).toEqual([
    ["A", "1"],
    ["B", ""],
  ]);
});
