import { createHash } from "node:crypto";
import { type ArtifactMeta, encodeArtifact, FORMAT_VERSION } from "../inference/artifact.ts";
import { BLOCKS } from "../inference/blocks.ts";
import { applyCalibration, fitTemperature, priorOffsets } from "./calibrate.ts";
import type { Config } from "./config.ts";
import { type Example, readTweets } from "./dataset.ts";
import { EMOTIONS } from "./emotions.ts";
import { GO_TRAINING, readGoEmotions } from "./goemotions.ts";
import type { LinearModel } from "./learner.ts";
import { crossValidate, type Prepared, type Progress, prepare, trainOn } from "./pipeline.ts";
import { quantize } from "./quantize.ts";
import { foldOf, isTest } from "./split.ts";
import { type Entries, lexiconEntries } from "./words.ts";

export const ARTIFACT_FOLDER = new URL("../artifact", import.meta.url).pathname;
export const ARTIFACT_BINARY = `${ARTIFACT_FOLDER}/emotion.bin`;
export const ARTIFACT_META = `${ARTIFACT_FOLDER}/emotion.json`;

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
  const prepared = prepare(config, EMOTIONS.length, known, go.examples, words, say);
  const { model, temperature } = trainCalibrated(prepared, known, "all but the test part", say);
  return pack(config, EMOTIONS, words, model, {
    data: { tweets: tweets.sha256, goemotions: go.sha256 },
    trainedOn: known.length,
    temperature,
    config,
  });
}

/** What the JSON says beside labels, size and hash. */
type Origin = Pick<ArtifactMeta, "data"> & Readonly<Record<string, unknown>>;

/** The two files of a calibrated model. */
export function pack(
  config: Config,
  labels: readonly string[],
  words: Entries,
  model: LinearModel,
  origin: Origin,
): Artifact {
  const quantized = quantize(model);
  const binary = encodeArtifact({
    labels,
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
    labels,
    bytes: binary.length,
    sha256,
    ...origin,
  } satisfies ArtifactMeta;
  return { binary, meta: `${JSON.stringify(meta, null, 2)}\n` };
}

/**
 * Trains one model on all `examples`. The temperature is fitted to out-of-fold logits of five models, so
 * each example counts exactly once in the calibration; these logits are returned as well.
 */
export function trainCalibrated(
  prepared: Prepared,
  examples: readonly Example[],
  name: string,
  say: Progress,
): { model: LinearModel; temperature: number; logits: Float64Array } {
  const { config, classes, labels } = prepared;
  const folds = examples.map(({ text }) => foldOf(text));
  const logits = crossValidate(prepared, folds, say);
  const calibration = fitTemperature(logits, labels, priorOffsets(labels, config.priorShift, classes));
  say(`temperature ${calibration.temperature.toFixed(3)}`);
  const final = trainOn(prepared, [...folds.keys()], name, say);
  return { model: applyCalibration(final, calibration), temperature: calibration.temperature, logits };
}
