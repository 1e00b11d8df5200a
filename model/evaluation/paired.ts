import { applyCalibration, fitTemperature, priorOffsets } from "../training/calibrate.ts";
import { EMOTION_COUNT } from "../training/emotions.ts";
import { type Outcome, outcomeOf } from "./metrics.ts";

/** Outcomes under one temperature for all folds and the prior shift `tau`. */
export function calibratedOutcomes(
  logits: Float64Array,
  labels: readonly number[],
  tau: number,
  classes: number = EMOTION_COUNT,
): { outcomes: Outcome[]; temperature: number } {
  const calibration = fitTemperature(logits, labels, priorOffsets(labels, tau, classes));
  const { temperature } = calibration;
  const row = { weights: new Float32Array(0), bias: new Float64Array(classes) };
  const outcomes = labels.map((label, i) => {
    row.bias.set(logits.subarray(i * classes, (i + 1) * classes));
    return outcomeOf(softmax(applyCalibration(row, calibration).bias), label);
  });
  return { outcomes, temperature };
}

function softmax(logits: Float64Array): Float64Array {
  const max = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - max));
  const total = exponentials.reduce((sum, e) => sum + e, 0);
  return exponentials.map((e) => e / total);
}

/** Mean difference a − b in log loss and its standard error, paired text by text. */
export function pairedLoss(a: readonly Outcome[], b: readonly Outcome[]): { mean: number; error: number } {
  const differences = a.map((outcome, i) => Math.log(b[i]!.likelihood) - Math.log(outcome.likelihood));
  const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / differences.length;
  return { mean, error: Math.sqrt(variance / differences.length) };
}
