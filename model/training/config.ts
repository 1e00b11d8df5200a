import type { BlockWeights } from "./examples.ts";

/** All parameters of a training run. */
export interface Config {
  readonly bucketBits: number;
  readonly blocks: BlockWeights;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: number;
  /** Pre-training on GoEmotions: its 28 logits become features of `scale`; null leaves it out. */
  readonly pretraining: { readonly epochs: number; readonly rate: number; readonly scale: number } | null;
  /** τ: share of the log prior that is subtracted from the logits (a trade-off of accuracy and macro-F1). */
  readonly priorShift: number;
}

/** The configuration of the artifact; README.md has the comparison. */
export const CHOSEN: Config = {
  bucketBits: 16,
  blocks: { word: 1, bigram: 0.5, char3: 0.5, char4: 0.5, char5: 0.5, lexicon: 1, shape: 0.5 },
  epochs: 8,
  rate: 0.014,
  seed: 1,
  pretraining: { epochs: 8, rate: 0.04, scale: 1 },
  priorShift: 0.2,
};

/**
 * The configuration for other data (`make train-own`): the teacher is of emotions. Rate and epochs are a compromise of
 * small clean data, which need more steps, and large noisy data, which need fewer.
 */
export const OWN: Config = { ...CHOSEN, epochs: 10, rate: 0.04, pretraining: null, priorShift: 0 };
