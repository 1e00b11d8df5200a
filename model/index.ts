import { readFileSync } from "node:fs";
import weightsPath from "./artifact/emotion.bin" with { type: "file" };
import json from "./artifact/emotion.json";
import { type ArtifactMeta, decodeArtifact } from "./inference/artifact.ts";
import { Classifier } from "./inference/classifier.ts";

export { valence } from "./valence.ts";

/** artifact/emotion.json; the type is not inferred from it, because `make train-own` replaces the file. */
export const meta: ArtifactMeta = json;

/** The labels of the model, in the order of every vector; two or more: loading fails otherwise. */
export const LABELS = meta.labels as readonly [string, ...string[]];

/** Whether the model is the one this repository ships; `make train-own` writes another. */
export const shipped = "tweets" in meta.data;

/** @throws ArtifactError when `bytes` and `meta` are not a pair that this code can read. */
export function parseModel(bytes: Uint8Array, meta: ArtifactMeta): Classifier {
  return new Classifier(decodeArtifact(bytes, meta), meta.version);
}

/** Loads the model of the artifact; a compiled binary embeds both files. */
export function loadModel(): Classifier {
  return parseModel(readFileSync(weightsPath), meta);
}
