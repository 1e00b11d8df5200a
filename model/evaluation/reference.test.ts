import { expect, test } from "bun:test";
import { minimize } from "./lbfgs.ts";
import { trainReference } from "./reference.ts";

test("L-BFGS finds the minimum of the Rosenbrock function", () => {
  const x = Float64Array.of(-1.2, 1);
  minimize(
    ([a, b], gradient) => {
      gradient[0] = -2 * (1 - a!) - 400 * a! * (b! - a! * a!);
      gradient[1] = 200 * (b! - a! * a!);
      return (1 - a!) ** 2 + 100 * (b! - a! * a!) ** 2;
    },
    x,
    // with a wrong curvature history this takes more than 80
    60,
    1e-8,
  );
  expect(x[0]).toBeCloseTo(1, 5);
  expect(x[1]).toBeCloseTo(1, 5);
});

test("the reference model learns words, with scikit-learn's tokens", () => {
  const examples = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0 ? { text: "what a great day", label: 5 } : { text: "such an awful day", label: 10 },
  );
  const classify = trainReference(examples);
  expect(classify("great")[5]!).toBeGreaterThan(0.5);
  expect(classify("awful")[10]!).toBeGreaterThan(0.5);
  // one-letter words are not tokens
  expect(classify("a")).toEqual(classify(""));
  expect(classify("great").reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 9);
});
