import { EMOTION_COUNT, EMOTIONS } from "../training/emotions.ts";
import { binOf, CALIBRATION_BINS, type Outcome } from "./metrics.ts";

export interface LabelRow {
  readonly label: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Texts that carry the label. */
  readonly support: number;
}

export interface CalibrationBin {
  /** Mean confidence and accuracy of the texts in the bin; 0 where it is empty. */
  readonly confidence: number;
  readonly accuracy: number;
  readonly count: number;
}

/** Row = true label, column = predicted label, cell = number of texts. */
export function confusion(outcomes: readonly Outcome[]): number[][] {
  const matrix = Array.from({ length: EMOTION_COUNT }, () => new Array<number>(EMOTION_COUNT).fill(0));
  for (const { truth, predicted } of outcomes) matrix[truth]![predicted]!++;
  return matrix;
}

export function perLabel(matrix: readonly (readonly number[])[]): LabelRow[] {
  return EMOTIONS.map((label, k) => {
    const hits = matrix[k]![k]!;
    const support = matrix[k]!.reduce((sum, n) => sum + n, 0);
    const guessed = matrix.reduce((sum, row) => sum + row[k]!, 0);
    return {
      label,
      precision: hits / Math.max(guessed, 1),
      recall: hits / Math.max(support, 1),
      f1: (2 * hits) / Math.max(guessed + support, 1),
      support,
    };
  });
}

export function reliability(outcomes: readonly Outcome[]): CalibrationBin[] {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ confidence: 0, accuracy: 0, count: 0 }));
  for (const { truth, predicted, confidence } of outcomes) {
    const bin = bins[binOf(confidence)]!;
    bin.count++;
    bin.confidence += confidence;
    bin.accuracy += truth === predicted ? 1 : 0;
  }
  return bins.map(({ confidence, accuracy, count }) => ({
    confidence: confidence / Math.max(count, 1),
    accuracy: accuracy / Math.max(count, 1),
    count,
  }));
}
