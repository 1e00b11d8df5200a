import { expect, test } from "bun:test";
import { applyCalibration, fitTemperature, priorOffsets } from "./calibrate.ts";
import { CHOSEN, type Config } from "./config.ts";
import { EMOTION_COUNT } from "./emotions.ts";
import { linearLogits } from "./linear.ts";
import { logitsOf, prepare, trainOn } from "./pipeline.ts";
import { fold } from "./pretrain.ts";
import { quantize } from "./quantize.ts";
import { lexiconEntries } from "./words.ts";

const config: Config = { ...CHOSEN, bucketBits: 10, epochs: 3 };
const tweets = Array.from({ length: 60 }, (_, i) =>
  i % 2 === 0
    ? { text: `so happy today ${"!".repeat(i % 3)}`, label: 5 }
    : { text: `so sad now @u${i}`, label: 10 },
);
const comments = Array.from({ length: 40 }, (_, i) =>
  i % 2 === 0 ? { text: "what a joy", labels: [17] } : { text: "such grief and sadness", labels: [16, 25] },
);
const everyone = tweets.map((_, i) => i);

function train(): { prepared: ReturnType<typeof prepare>; model: ReturnType<typeof trainOn> } {
  const prepared = prepare(config, EMOTION_COUNT, tweets, comments, lexiconEntries(), () => {});
  return { prepared, model: trainOn(prepared, everyone, "", () => {}) };
}

test("training learns and is deterministic to the last bit", () => {
  const { prepared, model } = train();
  const logits = logitsOf(model, prepared, everyone);
  for (const i of everyone) {
    const row = logits.subarray(i * EMOTION_COUNT, (i + 1) * EMOTION_COUNT);
    expect(row.indexOf(Math.max(...row))).toBe(tweets[i]!.label);
  }
  expect(train().model).toEqual(model);
});

test("the folded table computes the logits of student and teacher", () => {
  const { prepared } = train();
  const { rows, rowsWithTeacher, teacher, means } = prepared;
  const size = (2 ** config.bucketBits + means.length) * EMOTION_COUNT;
  const student = {
    weights: Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    bias: Float64Array.from({ length: EMOTION_COUNT }, (_, k) => k),
  };
  const apart = linearLogits(rowsWithTeacher, student.weights, EMOTION_COUNT);
  const folded = fold(student, teacher!, means, config);
  const together = linearLogits(rows, folded.weights, EMOTION_COUNT);
  for (const [i, logit] of apart.entries()) {
    const k = i % EMOTION_COUNT;
    expect(together[i]! + folded.bias[k]!).toBeCloseTo(logit + student.bias[k]!, 3);
  }
});

test("temperature corrects overconfidence", () => {
  // accuracy 3/4 with a logit gap of 4: the best gap is ln 3
  const labels = Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const logits = new Float64Array(200 * EMOTION_COUNT).map((_, i) =>
    i % EMOTION_COUNT === 0 ? 50 : i % EMOTION_COUNT === 1 ? 46 : 0,
  );
  const { temperature } = fitTemperature(logits, labels, new Float64Array(EMOTION_COUNT));
  expect(temperature).toBeCloseTo(4 / Math.log(3), 2);
});

test("calibration folded into the model equals calibration of its logits", () => {
  const model = { weights: Float32Array.of(2, -4), bias: new Float64Array(EMOTION_COUNT).fill(3) };
  const offsets = new Float64Array(EMOTION_COUNT).map((_, k) => k);
  const applied = applyCalibration(model, { temperature: 2, offsets });
  expect([...applied.weights]).toEqual([1, -2]);
  expect(applied.bias[4]).toBe(1.5 + 4);
});

test("the prior shift raises the logits of rare labels", () => {
  const labels = [0, 5, 5, 5, 5, 5, 5, 5];
  const offsets = priorOffsets(labels, 0.5, EMOTION_COUNT);
  expect(offsets[0]! - offsets[5]!).toBeCloseTo(0.5 * Math.log(7), 12);
  expect(priorOffsets(labels, 0, EMOTION_COUNT).every((offset) => Math.abs(offset) === 0)).toBe(true);
  expect(offsets.every(Number.isFinite)).toBe(true);
});

test("int8 weights differ by at most half a step", () => {
  const weights = Float32Array.from({ length: 4 * EMOTION_COUNT }, (_, i) => Math.cos(i) * (i % 5));
  weights[3] = 0;
  const { weights: small, scale } = quantize({ weights, bias: new Float64Array(EMOTION_COUNT) });
  for (const [i, weight] of weights.entries()) {
    const step = scale[i % EMOTION_COUNT]!;
    expect(Math.abs(small[i]! * step - weight)).toBeLessThanOrEqual(step / 2 + 1e-9);
  }
});
