import type { Rows } from "./examples.ts";
import { Random } from "./random.ts";

/** Initial sum of squared gradients; not 0, because the step divides by its root. */
const FIRST_SQUARE = 1e-6;

export interface LearnerOptions {
  readonly classes: number;
  readonly buckets: number;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: number;
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export interface LinearModel {
  /** Bucket-major: bucket b's weights are at [b * classes, (b + 1) * classes). */
  readonly weights: Float32Array;
  readonly bias: Float64Array;
}

/**
 * Multinomial logistic regression by AdaGrad (Duchi et al., 2011), one row at a time.
 * `targets` holds a distribution over the classes for each row. Single-threaded and seeded: equal
 * rows give equal bytes.
 */
export function trainLinear(rows: Rows, targets: Float32Array, options: LearnerOptions): LinearModel {
  const { classes, buckets, rate } = options;
  const random = new Random(options.seed);
  // weights and squared gradients of a bucket are adjacent: one cache miss instead of two
  const stride = 2 * classes;
  const state = new Float32Array(buckets * stride);
  for (let i = 0; i < state.length; i++) if (i % stride >= classes) state[i] = FIRST_SQUARE;
  const bias = new Float64Array(classes);
  const biasSquares = new Float64Array(classes).fill(FIRST_SQUARE);
  const order = Int32Array.from({ length: rows.size }, (_, i) => i);
  const errors = new Float64Array(classes);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    random.shuffle(order);
    let loss = 0;
    for (const row of order) {
      const start = rows.offsets[row]!;
      const end = rows.offsets[row + 1]!;
      errors.set(bias);
      addLogits(rows, start, end, state, stride, errors);
      loss += softmaxError(errors, targets, row * classes);
      for (let k = 0; k < classes; k++) {
        const g = errors[k]!;
        biasSquares[k]! += g * g;
        bias[k]! -= (rate * g) / Math.sqrt(biasSquares[k]!);
      }
      descend(rows, start, end, state, stride, errors, rate);
    }
    options.onEpoch?.(epoch, loss / rows.size);
  }
  const weights = new Float32Array(buckets * classes);
  for (let b = 0; b < buckets; b++) {
    weights.set(state.subarray(b * stride, b * stride + classes), b * classes);
  }
  return { weights, bias };
}

function addLogits(
  rows: Rows,
  start: number,
  end: number,
  state: Float32Array,
  stride: number,
  logits: Float64Array,
): void {
  for (let f = start; f < end; f++) {
    const value = rows.values[f]!;
    const base = rows.buckets[f]! * stride;
    for (let k = 0; k < logits.length; k++) logits[k]! += value * state[base + k]!;
  }
}

function descend(
  rows: Rows,
  start: number,
  end: number,
  state: Float32Array,
  stride: number,
  errors: Float64Array,
  rate: number,
): void {
  const classes = errors.length;
  for (let f = start; f < end; f++) {
    const value = rows.values[f]!;
    const base = rows.buckets[f]! * stride;
    for (let k = 0; k < classes; k++) {
      const g = errors[k]! * value;
      const square = state[base + classes + k]! + g * g;
      state[base + classes + k] = square;
      state[base + k]! -= (rate * g) / Math.sqrt(square);
    }
  }
}

/** Turns logits into softmax minus target, in place; returns the cross-entropy. */
function softmaxError(logits: Float64Array, targets: Float32Array, at: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k++) max = Math.max(max, logits[k]!);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += Math.exp(logits[k]! - max);
  const norm = max + Math.log(sum);
  let loss = 0;
  for (let k = 0; k < logits.length; k++) {
    const logProbability = logits[k]! - norm;
    const target = targets[at + k]!;
    if (target > 0) loss -= target * logProbability;
    logits[k] = Math.exp(logProbability) - target;
  }
  return loss;
}
