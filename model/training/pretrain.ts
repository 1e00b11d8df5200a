import type { Config } from "./config.ts";
import type { Rows } from "./examples.ts";
import { GO_LABEL_COUNT, type GoExample } from "./goemotions.ts";
import { type LinearModel, trainLinear } from "./learner.ts";
import { linearLogits } from "./linear.ts";

/**
 * Trains the teacher on GoEmotions' 28 labels over the same hashed features. Its logits become 28 dense
 * features of a tweet, so the mapping from 28 labels to 13 is learned (stacking: Wolpert, 1992). Both
 * models are linear, so `fold` combines them into one table for inference.
 */
export function pretrain(
  rows: Rows,
  examples: readonly GoExample[],
  config: Config,
  onEpoch?: (epoch: number, loss: number) => void,
): LinearModel {
  if (config.pretraining === null) throw new Error("this configuration has no pre-training");
  const targets = new Float32Array(examples.length * GO_LABEL_COUNT);
  for (const [i, { labels }] of examples.entries()) {
    for (const label of labels) targets[i * GO_LABEL_COUNT + label] = 1 / labels.length;
  }
  return trainLinear(rows, targets, {
    classes: GO_LABEL_COUNT,
    buckets: 2 ** config.bucketBits,
    epochs: config.pretraining.epochs,
    rate: config.pretraining.rate,
    seed: config.seed,
    ...(onEpoch ? { onEpoch } : {}),
  });
}

/** `rows` with the teacher's logits minus `means` as GO_LABEL_COUNT more features, in buckets after the others. */
export function withTeacher(rows: Rows, teacher: LinearModel, means: Float64Array, config: Config): Rows {
  const scale = config.pretraining?.scale ?? 0;
  const size = rows.offsets[rows.size]! + rows.size * GO_LABEL_COUNT;
  const offsets = new Int32Array(rows.size + 1);
  const buckets = new Int32Array(size);
  const values = new Float32Array(size);
  const logits = linearLogits(rows, teacher.weights, GO_LABEL_COUNT);
  const first = 2 ** config.bucketBits;
  let at = 0;
  for (let r = 0; r < rows.size; r++) {
    const [start, end] = [rows.offsets[r]!, rows.offsets[r + 1]!];
    buckets.set(rows.buckets.subarray(start, end), at);
    values.set(rows.values.subarray(start, end), at);
    at += end - start;
    for (let d = 0; d < GO_LABEL_COUNT; d++, at++) {
      buckets[at] = first + d;
      values[at] = (logits[r * GO_LABEL_COUNT + d]! - means[d]!) * scale;
    }
    offsets[r + 1] = at;
  }
  return { size: rows.size, offsets, buckets, values };
}

/** Mean logit of each of the teacher's labels over `rows`. */
export function teacherMeans(rows: Rows, teacher: LinearModel): Float64Array {
  const logits = linearLogits(rows, teacher.weights, GO_LABEL_COUNT);
  const means = new Float64Array(GO_LABEL_COUNT);
  for (let i = 0; i < logits.length; i++) means[i % GO_LABEL_COUNT]! += logits[i]! / rows.size;
  return means;
}

/** One table that computes the logits of `student` (trained on `withTeacher` rows) from plain rows. */
export function fold(
  student: LinearModel,
  teacher: LinearModel,
  means: Float64Array,
  config: Config,
): LinearModel {
  const scale = config.pretraining?.scale ?? 0;
  const buckets = 2 ** config.bucketBits;
  const classes = student.bias.length;
  const weights = student.weights.slice(0, buckets * classes);
  const bias = student.bias.slice();
  const mixing = student.weights.subarray(buckets * classes);
  for (let b = 0; b < buckets; b++) {
    for (let d = 0; d < GO_LABEL_COUNT; d++) {
      const weight = scale * teacher.weights[b * GO_LABEL_COUNT + d]!;
      for (let k = 0; k < classes; k++) {
        weights[b * classes + k]! += weight * mixing[d * classes + k]!;
      }
    }
  }
  for (let d = 0; d < GO_LABEL_COUNT; d++) {
    for (let k = 0; k < classes; k++) bias[k]! -= scale * means[d]! * mixing[d * classes + k]!;
  }
  return { weights, bias };
}
