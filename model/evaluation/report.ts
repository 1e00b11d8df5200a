import type { Classifier } from "../inference/classifier.ts";
import type { Example } from "../training/dataset.ts";
import { EMOTION_COUNT } from "../training/emotions.ts";
import type { GoExample } from "../training/goemotions.ts";
import { isTest } from "../training/split.ts";
import { bootstrap, type Intervals } from "./bootstrap.ts";
import { type Metrics, measure, outcomeOf } from "./metrics.ts";
import { comparePolarity, type Polarity, signedComments, signedTweets } from "./polarity.ts";
import { trainReference } from "./reference.ts";
import { type CalibrationBin, confusion, type LabelRow, perLabel, reliability } from "./tables.ts";

export interface Report {
  /** SHA-256 of the evaluated artifact and of the CSV. */
  readonly artifact: string;
  readonly data: string;
  readonly test: number;
  readonly metrics: Metrics;
  readonly intervals: Intervals;
  readonly baselines: { readonly majority: Metrics; readonly reference: Metrics };
  /** Sign of the test tweets, and of Reddit comments that are not in the training data. */
  readonly polarity: { readonly tweets: Polarity; readonly comments: Polarity };
  readonly perLabel: readonly LabelRow[];
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: readonly CalibrationBin[];
}

/** Classifies every text with the label frequencies of `train`. */
function majority(train: readonly Example[]): () => Float64Array {
  const frequencies = new Float64Array(EMOTION_COUNT);
  for (const { label } of train) frequencies[label]! += 1 / train.length;
  return () => frequencies;
}

function score(test: readonly Example[], classify: (text: string) => Float64Array): Metrics {
  return measure(test.map(({ text, label }) => outcomeOf(classify(text), label)));
}

/** Scores `model` on the test part of `examples`; the baselines are fitted on the other part. */
export function makeReport(
  model: Classifier,
  artifact: string,
  examples: readonly Example[],
  data: string,
  comments: readonly GoExample[],
): Report {
  const test = examples.filter(({ text }) => isTest(text));
  const known = examples.filter(({ text }) => !isTest(text));
  const probabilities = (text: string): Float64Array => model.probabilities(text);
  const distributions = test.map(({ text }) => model.probabilities(text));
  const outcomes = test.map(({ label }, i) => outcomeOf(distributions[i]!, label));
  const matrix = confusion(outcomes);
  return {
    artifact,
    data,
    test: test.length,
    metrics: measure(outcomes),
    intervals: bootstrap(outcomes),
    baselines: {
      majority: score(test, majority(known)),
      reference: score(test, trainReference(known)),
    },
    polarity: {
      tweets: comparePolarity(signedTweets(test), probabilities),
      comments: comparePolarity(signedComments(comments), probabilities),
    },
    perLabel: perLabel(matrix),
    confusion: matrix,
    reliability: reliability(outcomes),
  };
}
