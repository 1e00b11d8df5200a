import { createHash } from "node:crypto";
import { type ArtifactMeta, encodeArtifact, FORMAT_VERSION } from "../inference/artifact.ts";
import { BLOCKS } from "../inference/blocks.ts";
import { LABELS } from "../labels.ts";
import type { Config } from "./config.ts";
import { DEFAULT_DATA, readTweets } from "./dataset.ts";
import { DEFAULT_GOEMOTIONS, GO_TRAINING, readGoEmotions } from "./goemotions.ts";
import { type Progress, prepare, trainCalibrated } from "./pipeline.ts";
import { quantize } from "./quantize.ts";
import { partOf } from "./split.ts";
import { lexiconEntries } from "./words.ts";

export const ARTIFACT_BINARY = new URL("../artifact/emotion.bin", import.meta.url).pathname;
export const ARTIFACT_META = new URL("../artifact/emotion.json", import.meta.url).pathname;

export interface Artifact {
  readonly binary: Uint8Array;
  /** The JSON file, byte for byte. */
  readonly meta: string;
}

/** Data in, the two artifact files out: no clock, no randomness but the seed. */
export function buildArtifact(
  config: Config,
  say: Progress,
  dataPath: string = DEFAULT_DATA,
  goPath: string = DEFAULT_GOEMOTIONS,
): Artifact {
  const tweets = readTweets(dataPath);
  const go = config.pretraining ? readGoEmotions(goPath, GO_TRAINING) : { examples: [], sha256: null };
  say(`${tweets.examples.length} tweets, ${go.examples.length} GoEmotions comments`);
  const known = tweets.examples.filter((example) => partOf(example.text) !== "test");
  const words = lexiconEntries();
  const prepared = prepare(config, known, go.examples, words, say);
  const indicesOf = (part: string): number[] =>
    known.flatMap((example, i) => (partOf(example.text) === part ? [i] : []));
  const train = indicesOf("train");
  const validation = indicesOf("validation");
  const { model, temperature } = trainCalibrated(prepared, train, validation, say);
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
    trainedOn: { train: train.length, validation: validation.length, test: 0 },
    temperature,
    config,
  } satisfies ArtifactMeta;
  return { binary, meta: `${JSON.stringify(meta, null, 2)}\n` };
}
