import { createHash } from "node:crypto";
import { type ArtifactMeta, encodeArtifact, FORMAT_VERSION } from "../inference/artifact.ts";
import { BLOCKS } from "../inference/blocks.ts";
import { LABELS } from "../labels.ts";
import { applyCalibration, fitTemperature, priorOffsets } from "./calibrate.ts";
import type { Config } from "./config.ts";
import { type Example, readTweets } from "./dataset.ts";
import { GO_TRAINING, readGoEmotions } from "./goemotions.ts";
import type { LinearModel } from "./learner.ts";
import { crossValidate, type Prepared, type Progress, prepare, trainOn } from "./pipeline.ts";
import { quantize } from "./quantize.ts";
import { foldOf, isTest } from "./split.ts";
import { lexiconEntries } from "./words.ts";

export const ARTIFACT_BINARY = new URL("../artifact/emotion.bin", import.meta.url).pathname;
export const ARTIFACT_META = new URL("../artifact/emotion.json", import.meta.url).pathname;

export interface Artifact {
  readonly binary: Uint8Array;
  /** The JSON file, byte for byte. */
  readonly meta: string;
}

/** Builds the two artifact files from the data. Deterministic: no clock, seeded randomness. */
export function buildArtifact(config: Config, say: Progress, dataPath: string, goPath: string): Artifact {
  const tweets = readTweets(dataPath);
  const go = config.pretraining ? readGoEmotions(goPath, GO_TRAINING) : { examples: [], sha256: null };
  say(`${tweets.examples.length} tweets, ${go.examples.length} GoEmotions comments`);
  const known = tweets.examples.filter((example) => !isTest(example.text));
  const words = lexiconEntries();
  const prepared = prepare(config, known, go.examples, words, say);
  const { model, temperature } = trainCalibrated(prepared, known, say);
  const quantized = quantize(model);
  const binary = encodeArtifact({
    bucketBits: config.bucketBits,
    blockWeights: Float64Array.from(BLOCKS, (block) => config.blocks[block]),
    bias: model.bias,
    scale: quantized.scale,
    weights: quantized.weights,
    lexiconKeys: words.keys,
    lexiconScores: words.scores,
  });
  const sha256 = createHash("sha256").update(binary).digest("hex");
  const meta = {
    formatVersion: FORMAT_VERSION,
    version: `${FORMAT_VERSION}-${sha256.slice(0, 12)}`,
    labels: LABELS,
    bytes: binary.length,
    sha256,
    data: { tweets: tweets.sha256, goemotions: go.sha256 },
    trainedOn: known.length,
    temperature,
    config,
  } satisfies ArtifactMeta;
  return { binary, meta: `${JSON.stringify(meta, null, 2)}\n` };
}

/**
 * Trains one model on all `examples`. The temperature is fitted to out-of-fold logits of five models, so
 * each example counts exactly once in the calibration.
 */
function trainCalibrated(
  prepared: Prepared,
  examples: readonly Example[],
  say: Progress,
): { model: LinearModel; temperature: number } {
  const { config, labels } = prepared;
  const folds = examples.map(({ text }) => foldOf(text));
  const logits = crossValidate(prepared, folds, say);
  const calibration = fitTemperature(logits, labels, priorOffsets(labels, config.priorShift));
  say(`temperature ${calibration.temperature.toFixed(3)}`);
  const final = trainOn(prepared, [...folds.keys()], "all but the test part", say);
  return { model: applyCalibration(final, calibration), temperature: calibration.temperature };
}
