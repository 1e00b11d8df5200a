import { LABELS, type Label } from "../labels.ts";
import type { Example } from "../training/dataset.ts";
import { valence } from "../valence.ts";

/** Labels with a clear sign; empty, neutral and surprise have none and are left out. */
const SIGN: Partial<Record<Label, 1 | -1>> = {
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

export interface Polarity {
  readonly texts: number;
  /** Share of signs told right; a valence of 0 counts half. */
  readonly sentiment: number;
  readonly model: number;
}

/** Good or bad feeling: `sentiment` alone beside the classifier's summed probabilities. */
export function comparePolarity(
  examples: readonly Example[],
  distributions: readonly Float64Array[],
): Polarity {
  let texts = 0;
  let bySentiment = 0;
  let byModel = 0;
  for (const [i, { text, label }] of examples.entries()) {
    const truth = signOf(label);
    if (truth === 0) continue;
    texts++;
    bySentiment += agreement(valence(text).score, truth);
    const balance = distributions[i]!.reduce((sum, p, k) => sum + p * signOf(k), 0);
    byModel += agreement(balance, truth);
  }
  return { texts, sentiment: bySentiment / texts, model: byModel / texts };
}

function signOf(label: number): number {
  return SIGN[LABELS[label]!] ?? 0;
}

function agreement(value: number, truth: number): number {
  return value === 0 ? 0.5 : Math.sign(value) === truth ? 1 : 0;
}
