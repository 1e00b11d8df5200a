import type { BlockWeights } from "./examples.ts";

/** Everything a training run depends on besides the data and the code. */
export interface Config {
  readonly bucketBits: number;
  readonly blocks: BlockWeights;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: number;
  /** Pre-training on GoEmotions: its 28 logits become features of `scale`; null leaves it out. */
  readonly pretraining: { readonly epochs: number; readonly rate: number; readonly scale: number } | null;
  /** τ: how much of the log prior is taken off the logits of rare labels (accuracy against macro-F1). */
  readonly priorShift: number;
}

/** The configuration that ships; README.md has the table it was chosen from. */
export const CHOSEN: Config = {
  bucketBits: 16,
  blocks: { word: 1, bigram: 0.5, char3: 0.5, char4: 0.5, char5: 0.5, lexicon: 1, shape: 0.5 },
  epochs: 8,
  rate: 0.014,
  seed: 1,
  pretraining: { epochs: 8, rate: 0.04, scale: 1 },
  priorShift: 0.2,
};
