import { readFileSync } from "node:fs";
import weightsPath from "./artifact/emotion.bin" with { type: "file" };
import meta from "./artifact/emotion.json";
import { type ArtifactMeta, decodeArtifact } from "./inference/artifact.ts";
import { Classifier } from "./inference/classifier.ts";

export { LABELS } from "./labels.ts";
export { valence } from "./valence.ts";

/** @throws ArtifactError when `bytes` and `meta` are not a pair that this code can read. */
export function parseModel(bytes: Uint8Array, meta: ArtifactMeta): Classifier {
  return new Classifier(decodeArtifact(bytes, meta), meta.version);
}

/** Loads the committed model; a compiled binary embeds both files. */
export function loadModel(): Classifier {
  return parseModel(readFileSync(weightsPath), meta);
}

/** artifact/emotion.json */
export { meta };
