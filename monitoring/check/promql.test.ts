import { expect, test } from "bun:test";
import { metrics, mustHaveData } from "./promql.ts";

const cases: [string, string[]][] = [
  ["a", ["a"]],
  ["a == 0", ["a"]],
  ["rate(a[5m]) > 0.1", ["rate(a[5m])"]],
  ["a > 5 and on (x) b > 0.1", ["a", "b"]],
  ["a unless on (x) b", ["a", "b"]],
  ["a == 0 or b == 0", ["a", "b"]],
  ["a - on (x) b > 0", ["a - on (x) b"]],
  ["vector(1)", ["vector(1)"]],
];
for (const [expr, expected] of cases) {
  test(`parts that must have data: ${expr}`, () => expect(mustHaveData(expr)).toEqual(expected));
}

test("metric names of an expression", () => {
  expect(metrics('sum by (le) (rate(a_bucket{b="c"}[5m])) / d:e:f')).toEqual(["a_bucket", "d:e:f"]);
  expect(() => metrics("sum(")).toThrow("not PromQL");
});
