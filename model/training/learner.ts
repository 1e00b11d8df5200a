import type { Rows } from "./examples.ts";
import { Random } from "./random.ts";

export interface LearnerOptions {
  readonly classes: number;
  readonly buckets: number;
  readonly epochs: number;
  readonly rate: number;
  /** Share of features blanked out at each visit, 0..1 (Wager et al., 2013): a regulariser. */
  readonly dropout: number;
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
 * `targets` holds a distribution over the classes for each row. Single-threaded, seeded: same rows,
 * same bytes.
 */
export function trainLinear(rows: Rows, targets: Float32Array, options: LearnerOptions): LinearModel {
  const { classes, buckets, rate } = options;
  const random = new Random(options.seed);
  const weights = new Float32Array(buckets * classes);
  const squares = new Float32Array(buckets * classes).fill(1e-6);
  const bias = new Float64Array(classes);
  const biasSquares = new Float64Array(classes).fill(1e-6);
  const order = Int32Array.from({ length: rows.size }, (_, i) => i);
  const errors = new Float64Array(classes);
  const kept = new Int32Array(longestRow(rows));
  const keepBelow = (1 - options.dropout) * 2 ** 32;
  const boost = 1 / (1 - options.dropout);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    random.shuffle(order);
    let loss = 0;
    for (const row of order) {
      let size = 0;
      for (let i = rows.offsets[row]!; i < rows.offsets[row + 1]!; i++) {
        if (options.dropout === 0 || random.next() < keepBelow) kept[size++] = i;
      }
      errors.set(bias);
      for (let f = 0; f < size; f++) {
        const value = rows.values[kept[f]!]! * boost;
        const base = rows.buckets[kept[f]!]! * classes;
        for (let k = 0; k < classes; k++) errors[k]! += value * weights[base + k]!;
      }
      loss += softmaxError(errors, targets, row * classes);
      for (let k = 0; k < classes; k++) {
        const g = errors[k]!;
        biasSquares[k]! += g * g;
        bias[k]! -= (rate * g) / Math.sqrt(biasSquares[k]!);
      }
      for (let f = 0; f < size; f++) {
        const value = rows.values[kept[f]!]! * boost;
        const base = rows.buckets[kept[f]!]! * classes;
        for (let k = 0; k < classes; k++) {
          const g = errors[k]! * value;
          const sum = squares[base + k]! + g * g;
          squares[base + k] = sum;
          weights[base + k]! -= (rate * g) / Math.sqrt(sum);
        }
      }
    }
    options.onEpoch?.(epoch, loss / rows.size);
  }
  return { weights, bias };
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

function longestRow(rows: Rows): number {
  let longest = 0;
  for (let r = 0; r < rows.size; r++) longest = Math.max(longest, rows.offsets[r + 1]! - rows.offsets[r]!);
  return longest;
}
