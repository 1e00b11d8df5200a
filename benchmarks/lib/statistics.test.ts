import { expect, test } from "bun:test";
import { medianInterval } from "./statistics.ts";

test("the interval of a median is that of medians, not of values", () => {
  const values = [1, ...Array.from({ length: 99 }, () => 5), 100];
  expect(medianInterval(values)).toEqual({ median: 5, min: 5, max: 5 });
});

test("with three values it is the minimum and the maximum", () => {
  expect(medianInterval([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
});
