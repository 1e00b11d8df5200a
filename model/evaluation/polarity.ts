import type { Example } from "../training/dataset.ts";
import { EMOTIONS, type Emotion } from "../training/emotions.ts";
import type { GoExample } from "../training/goemotions.ts";
import { valence } from "../valence.ts";

type Sign = -1 | 0 | 1;

/** The sign of each label; empty, neutral and surprise have none. */
const SIGNS: Partial<Record<Emotion, Sign>> = {
  anger: -1,
  boredom: -1,
  enthusiasm: 1,
  fun: 1,
  happiness: 1,
  hate: -1,
  love: 1,
  relief: 1,
  sadness: -1,
  worry: -1,
};

/** GoEmotions' labels by number, grouped as its authors do (Demszky et al., 2020, figure 2). */
const GO_POSITIVE = new Set([0, 1, 4, 5, 8, 13, 15, 17, 18, 20, 21, 23]);
const GO_NEGATIVE = new Set([2, 3, 9, 10, 11, 12, 14, 16, 19, 24, 25]);

export interface SignedText {
  readonly text: string;
  readonly sign: Sign;
}

export interface Polarity {
  readonly texts: number;
  /** Share of correct signs; a value of 0 counts as half. */
  readonly sentiment: number;
  readonly model: number;
}

export function signedTweets(examples: readonly Example[]): SignedText[] {
  return examples.map(({ text, label }) => ({ text, sign: signOf(label) })).filter(({ sign }) => sign !== 0);
}

/** Comments whose labels all have the same sign. */
export function signedComments(examples: readonly GoExample[]): SignedText[] {
  const sign = (labels: readonly number[]): Sign => {
    if (labels.every((label) => GO_POSITIVE.has(label))) return 1;
    return labels.every((label) => GO_NEGATIVE.has(label)) ? -1 : 0;
  };
  return examples
    .map(({ text, labels }) => ({ text, sign: sign(labels) }))
    .filter((example) => example.sign !== 0);
}

/** Compares the sign of `sentiment`'s score and of the classifier's summed probabilities with the label's sign. */
export function comparePolarity(
  texts: readonly SignedText[],
  probabilities: (text: string) => Float64Array,
): Polarity {
  let bySentiment = 0;
  let byModel = 0;
  for (const { text, sign } of texts) {
    bySentiment += agreement(valence(text).score, sign);
    byModel += agreement(
      probabilities(text).reduce((sum, p, k) => sum + p * signOf(k), 0),
      sign,
    );
  }
  return { texts: texts.length, sentiment: bySentiment / texts.length, model: byModel / texts.length };
}

function signOf(label: number): Sign {
  return SIGNS[EMOTIONS[label]!] ?? 0;
}

function agreement(value: number, truth: Sign): number {
  if (value === 0) return 0.5;
  return Math.sign(value) === truth ? 1 : 0;
}
