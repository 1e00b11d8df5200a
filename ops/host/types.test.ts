import { expect, test } from "bun:test";
import { typeErrors } from "./types.ts";

test("an error is one line: its place, its message and the innermost explanation", () => {
  const output = `workers/a.ts(6,19): error TS2345: Argument of type 'A' is not assignable to parameter of type 'B'.
  Type 'A' is not assignable to type 'C'.
    Type 'string' is not assignable to type 'number'.
workers/b.ts(1,7): error TS2322: ${"x".repeat(300)}
`;
  expect(typeErrors(output)).toEqual([
    "workers/a.ts(6,19): Argument of type 'A' is not assignable to parameter of type 'B'. Type 'string' is not assignable to type 'number'.",
    `workers/b.ts(1,7): ${"x".repeat(200)}…`,
  ]);
  expect(typeErrors("")).toEqual([]);
});
