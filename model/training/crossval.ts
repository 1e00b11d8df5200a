import { LABEL_COUNT } from "../labels.ts";
import { logitsOf, type Prepared, type Progress, trainOn } from "./pipeline.ts";

/** Every text's raw logits from the model that was trained on the other folds. */
export function crossValidate(prepared: Prepared, folds: readonly number[], say: Progress): Float64Array {
  const logits = new Float64Array(folds.length * LABEL_COUNT);
  for (const fold of [...new Set(folds)].sort()) {
    const inside = folds.flatMap((f, i) => (f === fold ? [i] : []));
    const outside = folds.flatMap((f, i) => (f === fold ? [] : [i]));
    const scores = logitsOf(trainOn(prepared, outside, `without fold ${fold}`, say), prepared, inside);
    for (const [i, row] of inside.entries()) {
      logits.set(scores.subarray(i * LABEL_COUNT, (i + 1) * LABEL_COUNT), row * LABEL_COUNT);
    }
  }
  return logits;
}
