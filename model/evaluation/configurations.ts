import { BLOCKS } from "../inference/blocks.ts";
import { CHOSEN, type Config } from "../training/config.ts";
import type { BlockWeights } from "../training/examples.ts";

export interface Candidate {
  readonly name: string;
  readonly config: Config;
}

function blocks(change: Partial<BlockWeights>, base: BlockWeights = CHOSEN.blocks): BlockWeights {
  return { ...base, ...change };
}

const NO_CHARS = { char3: 0, char4: 0, char5: 0 };
const WORDS = blocks({ ...NO_CHARS, bigram: 0, lexicon: 0, shape: 0 });
const plain = { ...CHOSEN, pretraining: null };

/** Every configuration that a choice was made from, the chosen one first. */
export const CONFIGURATIONS: readonly Candidate[] = [
  { name: "chosen", config: CHOSEN },
  { name: "words", config: { ...plain, blocks: WORDS } },
  { name: "words, bigrams", config: { ...plain, blocks: blocks({ bigram: CHOSEN.blocks.bigram }, WORDS) } },
  { name: "words, bigrams, characters", config: { ...plain, blocks: blocks({ lexicon: 0, shape: 0 }) } },
  { name: "all families, no GoEmotions", config: plain },
  ...[13, 14, 15, 17].map((bits) => ({ name: `2^${bits} buckets`, config: { ...CHOSEN, bucketBits: bits } })),
  ...[0, 0.1, 0.2, 0.3].map((tau) => ({
    name: `prior shift ${tau}`,
    config: { ...CHOSEN, priorShift: tau },
  })),
  {
    name: "twice the learning rate, half the epochs",
    config: { ...CHOSEN, rate: CHOSEN.rate * 2, epochs: CHOSEN.epochs / 2 },
  },
];

/** The chosen configuration without one family at a time. */
export const ABLATION: readonly Candidate[] = [
  { name: "chosen", config: CHOSEN },
  ...BLOCKS.map((block) => ({
    name: `without ${block}`,
    config: { ...CHOSEN, blocks: blocks({ [block]: 0 }) },
  })),
  { name: "without characters", config: { ...CHOSEN, blocks: blocks(NO_CHARS) } },
  { name: "without GoEmotions", config: plain },
];
