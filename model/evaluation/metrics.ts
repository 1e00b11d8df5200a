import { EMOTION_COUNT } from "../training/emotions.ts";

export const CALIBRATION_BINS = 15;

/** The prediction for one text, compared with its label. */
export interface Outcome {
  readonly truth: number;
  readonly predicted: number;
  /** Probability of the predicted label. */
  readonly confidence: number;
  /** Probability of the true label. */
  readonly likelihood: number;
  readonly inTop3: boolean;
}

export interface Metrics {
  readonly accuracy: number;
  /** Mean F1 over all labels; a label that neither occurs nor is predicted counts 0, as in scikit-learn. */
  readonly macroF1: number;
  readonly top3: number;
  /** Mean natural-log loss. */
  readonly logLoss: number;
  /** Expected calibration error of the predicted label, equal-width bins (Guo et al., 2017). */
  readonly ece: number;
}

/** `distribution` holds the probability of each label; ties go to the first label, and against the top three. */
export function outcomeOf(distribution: Float64Array, truth: number): Outcome {
  let predicted = 0;
  let above = 0;
  for (let k = 0; k < distribution.length; k++) {
    if (distribution[k]! > distribution[predicted]!) predicted = k;
    if (k !== truth && distribution[k]! >= distribution[truth]!) above++;
  }
  const confidence = distribution[predicted]!;
  return { truth, predicted, confidence, likelihood: distribution[truth]!, inTop3: above < 3 };
}

export function measure(outcomes: readonly Outcome[], classes: number = EMOTION_COUNT): Metrics {
  const hits = new Float64Array(classes);
  const truths = new Float64Array(classes);
  const guesses = new Float64Array(classes);
  const gap = new Float64Array(CALIBRATION_BINS);
  let correct = 0;
  let top3 = 0;
  let loss = 0;
  for (const { truth, predicted, confidence, likelihood, inTop3 } of outcomes) {
    truths[truth]!++;
    guesses[predicted]!++;
    const hit = truth === predicted ? 1 : 0;
    hits[truth]! += hit;
    correct += hit;
    top3 += inTop3 ? 1 : 0;
    loss -= Math.log(Math.max(likelihood, 1e-15));
    gap[binOf(confidence)]! += hit - confidence;
  }
  const n = outcomes.length;
  let f1 = 0;
  for (let k = 0; k < classes; k++) f1 += (2 * hits[k]!) / Math.max(truths[k]! + guesses[k]!, 1);
  const ece = gap.reduce((sum, g) => sum + Math.abs(g), 0) / n;
  return { accuracy: correct / n, macroF1: f1 / classes, top3: top3 / n, logLoss: loss / n, ece };
}

export function binOf(confidence: number): number {
  return Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS));
}

/** Minimum quality on the test part, slightly below what the artifact reaches. */
export const FLOOR: Metrics = { accuracy: 0.375, macroF1: 0.19, top3: 0.71, logLoss: 1.83, ece: 0.03 };

/** One line for each metric that is worse than the floor. */
export function belowFloor(metrics: Metrics): string[] {
  const worse = (name: keyof Metrics, value: number, limit: number): boolean =>
    name === "logLoss" || name === "ece" ? !(value <= limit) : !(value >= limit);
  return (Object.keys(FLOOR) as (keyof Metrics)[])
    .filter((name) => worse(name, metrics[name], FLOOR[name]))
    .map((name) => `${name} is ${metrics[name].toFixed(4)}, the floor is ${FLOOR[name]}`);
}
