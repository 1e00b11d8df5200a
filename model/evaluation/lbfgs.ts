/** Writes the gradient at `x` into `gradient` and returns the value to minimise. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

const MEMORY = 10;
const SUFFICIENT_DECREASE = 1e-4;

/** Limited-memory BFGS (Nocedal, 1980) with a backtracking line search; minimises in place. */
export function minimize(objective: Objective, x: Float64Array, iterations: number, tolerance: number): void {
  let gradient = new Float64Array(x.length);
  let value = objective(x, gradient);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (gradient.every((g) => Math.abs(g) <= tolerance)) return;
    const direction = gradient.map((g) => -g);
    const alphas: number[] = [];
    for (const { s, y, rho } of pairs.toReversed()) {
      const alpha = rho * dot(s, direction);
      alphas.push(alpha);
      addScaled(direction, y, -alpha);
    }
    const newest = pairs.at(-1);
    const gamma = newest
      ? 1 / (newest.rho * dot(newest.y, newest.y))
      : 1 / Math.sqrt(dot(gradient, gradient));
    for (let i = 0; i < direction.length; i++) direction[i]! *= gamma;
    for (const { s, y, rho } of pairs) addScaled(direction, s, alphas.pop()! - rho * dot(y, direction));

    const slope = dot(gradient, direction);
    const start = x.slice();
    const next = new Float64Array(x.length);
    let step = 1;
    for (;;) {
      x.set(start);
      addScaled(x, direction, step);
      const trial = objective(x, next);
      if (trial <= value + SUFFICIENT_DECREASE * step * slope || step < 1e-10) {
        value = trial;
        break;
      }
      step /= 2;
    }
    const s = x.map((xi, i) => xi - start[i]!);
    const y = next.map((g, i) => g - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > MEMORY) pairs.shift();
    gradient = next;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * from[i]!;
}
