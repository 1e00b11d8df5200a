import { expect, test } from "bun:test";
import { interpolate, variablesOf } from "./interpolate.ts";

const cases: [string, string, Record<string, string>, string][] = [
  ["a set variable wins", "${A:-1}", { A: "2" }, "2"],
  ["the default when unset", "${A:-1}", {}, "1"],
  ["the default when empty, with a colon", "${A:-1}", { A: "" }, "1"],
  ["empty stays empty without a colon", "${A-1}", { A: "" }, ""],
  ["a name without braces", "$A-x", { A: "2" }, "2-x"],
  ["the replacement when set", "${A:+y}${B:+z}${C+w}", { A: "2", C: "" }, "yw"],
  ["a default inside a default", "${A:-x${B:-1}y}", {}, "x1y"],
  ["two dollars are one", "$$A", { A: "x" }, "$A"],
  ["a dollar in a value stays", "${A}", { A: "$B ${B} $$" }, "$B ${B} $$"],
  ["several in one text", "${A:-1}:${B:-2}:3", { B: "9" }, "1:9:3"],
];
for (const [name, text, env, expected] of cases) {
  test(name, () => expect(interpolate(text, env)).toBe(expected));
}

test("a missing required variable is an error with its message", () => {
  expect(() => interpolate("${A:?set A}", {})).toThrow("A is required: set A");
});

for (const text of ["a$", "$1", "${A", "${A:x}", "${}", "${A:-{}}"]) {
  test(`${text} is refused`, () => expect(() => interpolate(text, {})).toThrow("invalid variable reference"));
}

test("the variables of a text are listed with their values", () => {
  expect(variablesOf("${A:-1} ${B} ${C:-${D:-4}}", { A: "2" })).toEqual([
    ["A", "2"],
    ["B", undefined],
    ["C", "4"],
    ["D", "4"],
  ]);
});
