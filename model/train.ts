import { createHash } from "node:crypto";
import { encodeArtifact, FORMAT_VERSION } from "./inference/artifact.ts";
import { BLOCKS } from "./inference/blocks.ts";
import { Featurizer } from "./inference/features.ts";
import { Lexicon } from "./inference/lexicon.ts";
import { LABELS } from "./labels.ts";
import { DEFAULT_DATA, readTweets } from "./training/dataset.ts";
import { toRows } from "./training/examples.ts";
import { trainLinear } from "./training/learner.ts";
import { quantize } from "./training/quantize.ts";
import { partOf } from "./training/split.ts";
import { lexiconEntries } from "./training/words.ts";

const bits = 15;
const weights = { word: 1, bigram: 0.5, char3: 0.5, char4: 0.5, char5: 0.5, lexicon: 1, shape: 0.5 };
const at = process.argv.indexOf("--data");
const data = readTweets(at < 0 ? DEFAULT_DATA : process.argv[at + 1]!);
const dev = data.examples.filter((e) => partOf(e.text) !== "test");
const words = lexiconEntries();
const f = new Featurizer(new Lexicon(words.keys, words.scores), bits);
const rows = toRows(
  dev.map((e) => e.text),
  f,
  weights,
);
const targets = new Float32Array(dev.length * 13);
for (const [i, e] of dev.entries()) targets[i * 13 + e.label] = 1;
const model = trainLinear(rows, targets, {
  classes: 13,
  buckets: 2 ** bits,
  epochs: 5,
  rate: 0.02,
  dropout: 0,
  seed: 1,
  onEpoch: (e, l) => console.log(e, l),
});
const q = quantize(model);
const bytes = encodeArtifact({
  bucketBits: bits,
  blockWeights: Float64Array.from(BLOCKS, (b) => weights[b]),
  bias: model.bias,
  scale: q.scale,
  weights: q.weights,
  lexiconKeys: words.keys,
  lexiconScores: words.scores,
});
const sha256 = createHash("sha256").update(bytes).digest("hex");
await Bun.write(`${import.meta.dir}/artifact/emotion.bin`, bytes);
await Bun.write(
  `${import.meta.dir}/artifact/emotion.json`,
  `${JSON.stringify({ formatVersion: FORMAT_VERSION, version: `1-${sha256.slice(0, 8)}`, labels: LABELS, bytes: bytes.length, sha256 }, null, 2)}\n`,
);
