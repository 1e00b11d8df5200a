import type { LinearModel } from "./learner.ts";

export interface Calibration {
  /** Logits are divided by it. */
  readonly temperature: number;
  /** Added to the logits after that, one for each label. */
  readonly offsets: Float64Array;
}

const LOWEST = 0.25;
const HIGHEST = 4;
const STEPS = 40;

/**
 * Temperature scaling (Guo et al., 2017): the temperature with the lowest log loss on texts the model was
 * not trained on, by golden-section search, with the offsets applied.
 */
export function fitTemperature(
  logits: Float64Array,
  labels: readonly number[],
  offsets: Float64Array,
): Calibration {
  const golden = (Math.sqrt(5) - 1) / 2;
  let low = LOWEST;
  let high = HIGHEST;
  for (let step = 0; step < STEPS; step++) {
    const a = high - golden * (high - low);
    const b = low + golden * (high - low);
    if (logLoss(logits, labels, a, offsets) < logLoss(logits, labels, b, offsets)) high = b;
    else low = a;
  }
  return { temperature: (low + high) / 2, offsets };
}

function logLoss(
  logits: Float64Array,
  labels: readonly number[],
  temperature: number,
  offsets: Float64Array,
): number {
  let loss = 0;
  const classes = offsets.length;
  const row = new Float64Array(classes);
  for (const [i, label] of labels.entries()) {
    for (let k = 0; k < classes; k++) row[k] = logits[i * classes + k]! / temperature + offsets[k]!;
    const max = Math.max(...row);
    loss += max - row[label]!;
    loss += Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
  }
  return loss / labels.length;
}

/** −τ·log(prior): τ = 0 keeps the label frequencies, τ = 1 removes them (Menon et al., 2021). */
export function priorOffsets(labels: readonly number[], tau: number, classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]!++;
  // at least half a text, so that the logarithm is finite for a missing label
  return counts.map((count) => -tau * Math.log(Math.max(count, 0.5) / labels.length));
}

/** Folds the calibration into weights and bias, so that inference needs no extra step. */
export function applyCalibration(model: LinearModel, { temperature, offsets }: Calibration): LinearModel {
  return {
    weights: model.weights.map((weight) => weight / temperature),
    bias: model.bias.map((bias, k) => bias / temperature + offsets[k]!),
  };
}
