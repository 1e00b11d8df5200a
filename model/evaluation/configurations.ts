import { CHOSEN, type Config } from "../training/config.ts";
import type { BlockWeights } from "../training/examples.ts";

export interface Candidate {
  readonly name: string;
  readonly config: Config;
}

const NO_CHARACTERS = { char3: 0, char4: 0, char5: 0 };
const { priorShift, pretraining, bucketBits } = CHOSEN;

function without(families: Partial<BlockWeights>, config: Config = CHOSEN): Config {
  return { ...config, blocks: { ...config.blocks, ...families } };
}

const alone: Config = { ...CHOSEN, pretraining: null };

/** The compared configurations, the chosen one first. */
export const CONFIGURATIONS: readonly Candidate[] = [
  { name: "**chosen**", config: CHOSEN },
  { name: "words alone", config: without({ ...NO_CHARACTERS, bigram: 0, lexicon: 0, shape: 0 }, alone) },
  { name: "words, bigrams", config: without({ ...NO_CHARACTERS, lexicon: 0, shape: 0 }, alone) },
  { name: "words, bigrams, characters", config: without({ lexicon: 0, shape: 0 }, alone) },
  { name: "all families, no GoEmotions", config: alone },
  ...[0, 0.1, 0.15, 0.25, 0.3].map((tau) => ({
    name: `prior shift ${tau} instead of ${priorShift}`,
    config: { ...CHOSEN, priorShift: tau },
  })),
  ...[13, 15, 17].map((bits) => ({
    name: `2^${bits} buckets instead of 2^${bucketBits}`,
    config: { ...CHOSEN, bucketBits: bits },
  })),
  ...(pretraining
    ? [{ name: "teacher's logits × 3", config: { ...CHOSEN, pretraining: { ...pretraining, scale: 3 } } }]
    : []),
];

/** The chosen configuration without one family at a time. */
export const ABLATION: readonly Candidate[] = [
  { name: "**chosen**", config: CHOSEN },
  { name: "without words", config: without({ word: 0 }) },
  { name: "without bigrams", config: without({ bigram: 0 }) },
  { name: "without characters", config: without(NO_CHARACTERS) },
  { name: "without lexicon", config: without({ lexicon: 0 }) },
  { name: "without shape", config: without({ shape: 0 }) },
  { name: "without GoEmotions", config: alone },
];
