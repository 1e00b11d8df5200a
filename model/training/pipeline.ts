import { Featurizer } from "../inference/features.ts";
import { Lexicon } from "../inference/lexicon.ts";
import type { Config } from "./config.ts";
import type { Example } from "./dataset.ts";
import { type Rows, toRows } from "./examples.ts";
import type { GoExample } from "./goemotions.ts";
import { type LinearModel, trainLinear } from "./learner.ts";
import { linearLogits, selectRows } from "./linear.ts";
import { fold, pretrain, teacherMeans, withTeacher } from "./pretrain.ts";
import type { Entries } from "./words.ts";

export type Progress = (line: string) => void;

/** Rows of the tweets and, with pre-training, the teacher; shared by several trainings. */
export interface Prepared {
  readonly config: Config;
  /** Number of labels. */
  readonly classes: number;
  readonly labels: readonly number[];
  readonly rows: Rows;
  readonly rowsWithTeacher: Rows;
  readonly teacher: LinearModel | null;
  readonly means: Float64Array;
}

export function prepare(
  config: Config,
  classes: number,
  examples: readonly Example[],
  goExamples: readonly GoExample[],
  words: Entries,
  say: Progress,
): Prepared {
  const features = new Featurizer(new Lexicon(words.keys, words.scores), config.bucketBits);
  const texts = examples.map((example) => example.text);
  const rows = toRows(texts, features, config.blocks);
  const labels = examples.map((example) => example.label);
  if (config.pretraining === null) {
    return {
      config,
      classes,
      labels,
      rows,
      rowsWithTeacher: rows,
      teacher: null,
      means: new Float64Array(0),
    };
  }
  const goTexts = goExamples.map((example) => example.text);
  const goRows = toRows(goTexts, features, config.blocks);
  const teacher = pretrain(
    goRows,
    goExamples,
    config,
    reportEpoch("pre-training", config.pretraining.epochs, say),
  );
  const means = teacherMeans(rows, teacher);
  return {
    config,
    classes,
    labels,
    rows,
    rowsWithTeacher: withTeacher(rows, teacher, means, config),
    teacher,
    means,
  };
}

/** Trains on the tweets at `indices`. The result is uncalibrated and scores rows without teacher features. */
export function trainOn(
  prepared: Prepared,
  indices: readonly number[],
  name: string,
  say: Progress,
): LinearModel {
  const { config, classes, labels, rowsWithTeacher, teacher, means } = prepared;
  const targets = new Float32Array(indices.length * classes);
  for (const [i, row] of indices.entries()) targets[i * classes + labels[row]!] = 1;
  const student = trainLinear(selectRows(rowsWithTeacher, indices), targets, {
    classes,
    buckets: 2 ** config.bucketBits + (teacher ? means.length : 0),
    epochs: config.epochs,
    rate: config.rate,
    seed: config.seed,
    onEpoch: reportEpoch(name, config.epochs, say),
  });
  return teacher ? fold(student, teacher, means, config) : student;
}

/** Logits of the tweets at `indices`, with bias, row-major. */
export function logitsOf(model: LinearModel, prepared: Prepared, indices: readonly number[]): Float64Array {
  const logits = linearLogits(selectRows(prepared.rows, indices), model.weights, prepared.classes);
  return logits.map((logit, i) => logit + model.bias[i % prepared.classes]!);
}

/** Out-of-fold logits, uncalibrated: each text's from the model trained on the other folds. */
export function crossValidate(prepared: Prepared, folds: readonly number[], say: Progress): Float64Array {
  const { classes } = prepared;
  const logits = new Float64Array(folds.length * classes);
  for (const fold of [...new Set(folds)].sort()) {
    const inside = folds.flatMap((f, i) => (f === fold ? [i] : []));
    const outside = folds.flatMap((f, i) => (f === fold ? [] : [i]));
    const scores = logitsOf(trainOn(prepared, outside, `without fold ${fold}`, say), prepared, inside);
    for (const [i, row] of inside.entries()) {
      logits.set(scores.subarray(i * classes, (i + 1) * classes), row * classes);
    }
  }
  return logits;
}

function reportEpoch(name: string, epochs: number, say: Progress): (epoch: number, loss: number) => void {
  return (epoch, loss) => say(`${name}: epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}`);
}
