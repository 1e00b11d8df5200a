import type { Classifier } from "../inference/classifier.ts";
import type { Example } from "../training/dataset.ts";
import type { GoExample } from "../training/goemotions.ts";
import { isTest } from "../training/split.ts";
import { majority, reference } from "./baselines.ts";
import { bootstrap, type Intervals } from "./bootstrap.ts";
import { type Metrics, measure, outcomeOf } from "./metrics.ts";
import { comparePolarity, type Polarity, signedComments, signedTweets } from "./polarity.ts";
import { type CalibrationBin, confusion, type LabelRow, perLabel, reliability } from "./tables.ts";

export interface Report {
  /** SHA-256 of the artifact and of the CSV that these figures belong to. */
  readonly artifact: string;
  readonly data: string;
  readonly test: number;
  readonly metrics: Metrics;
  readonly intervals: Intervals;
  readonly baselines: { readonly majority: Metrics; readonly reference: Metrics };
  /** Good or bad feeling: of the test tweets, and of Reddit comments that no training has seen. */
  readonly polarity: { readonly tweets: Polarity; readonly comments: Polarity };
  readonly perLabel: readonly LabelRow[];
  readonly confusion: readonly (readonly number[])[];
  readonly reliability: readonly CalibrationBin[];
}

/** Scores `model` on the test part of `examples`; the baselines are fitted on all the rest. */
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
    baselines: { majority: majority(known, test), reference: reference(known, test) },
    polarity: {
      tweets: comparePolarity(signedTweets(test), probabilities),
      comments: comparePolarity(signedComments(comments), probabilities),
    },
    perLabel: perLabel(matrix),
    confusion: matrix,
    reliability: reliability(outcomes),
  };
}
