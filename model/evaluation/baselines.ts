import { LABEL_COUNT } from "../labels.ts";
import type { Example } from "../training/dataset.ts";
import { type Metrics, measure, type Outcome, outcomeOf } from "./metrics.ts";
import { trainReference } from "./reference.ts";

/** Answers every text with the label frequencies of `train`. */
export function majority(train: readonly Example[], test: readonly Example[]): Metrics {
  const frequencies = new Float64Array(LABEL_COUNT);
  for (const { label } of train) frequencies[label]! += 1 / train.length;
  return measure(test.map(({ label }) => outcomeOf(frequencies, label)));
}

/** TF-IDF and logistic regression as the reference system has it; slow, see reference.ts. */
export function reference(train: readonly Example[], test: readonly Example[]): Metrics {
  const classify = trainReference(train);
  const outcomes: Outcome[] = test.map(({ text, label }) => outcomeOf(classify(text), label));
  return measure(outcomes);
}
