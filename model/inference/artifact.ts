import { createHash } from "node:crypto";
import { BLOCKS } from "./blocks.ts";

/** Increase it with every change of the format or of the features: an artifact needs the code that made it. */
export const FORMAT_VERSION = 1;
const MAGIC = 0x4d454654; // "TFEM", little-endian
const HEADER_BYTES = 16;

/** The parameters of a classifier in memory. */
export interface Parameters {
  /** Their order is that of `bias`, `scale` and the rows of `weights`. */
  readonly labels: readonly string[];
  readonly bucketBits: number;
  /** Weight of each block, in the order of BLOCKS. */
  readonly blockWeights: Float64Array;
  readonly bias: Float64Array;
  /** Logit per unit of int8 weight, for each label. */
  readonly scale: Float64Array;
  readonly lexiconKeys: Int32Array;
  readonly lexiconScores: Int8Array;
  /** Bucket-major int8 weights, one for each label in a row. */
  readonly weights: Int8Array;
}

/** The JSON file beside the binary. */
export interface ArtifactMeta {
  readonly formatVersion: number;
  readonly version: string;
  readonly labels: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
  /** SHA-256 of the files it was trained on. */
  readonly data: Readonly<Record<string, string | null>>;
  readonly [extra: string]: unknown;
}

class ArtifactError extends Error {
  override name = "ArtifactError";
}

function layout(labels: number, bucketBits: number, entries: number) {
  const floats = HEADER_BYTES;
  const keys = floats + 8 * (BLOCKS.length + 2 * labels);
  const scores = keys + 4 * entries;
  const weights = scores + entries;
  return { floats, keys, scores, weights, end: weights + 2 ** bucketBits * labels };
}

/** Little-endian: 16-byte header, doubles, lexicon keys and scores, int8 weights. */
export function encodeArtifact(p: Parameters): Uint8Array {
  const entries = p.lexiconKeys.length;
  const at = layout(p.labels.length, p.bucketBits, entries);
  const bytes = new Uint8Array(at.end);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, FORMAT_VERSION, true);
  bytes[6] = p.labels.length;
  bytes[7] = BLOCKS.length;
  view.setUint32(8, p.bucketBits, true);
  view.setUint32(12, entries, true);
  const floats = [...p.blockWeights, ...p.bias, ...p.scale];
  for (const [i, value] of floats.entries()) view.setFloat64(at.floats + 8 * i, value, true);
  for (let i = 0; i < entries; i++) view.setInt32(at.keys + 4 * i, p.lexiconKeys[i]!, true);
  bytes.set(new Uint8Array(p.lexiconScores.buffer, p.lexiconScores.byteOffset, entries), at.scores);
  bytes.set(new Uint8Array(p.weights.buffer, p.weights.byteOffset, p.weights.length), at.weights);
  return bytes;
}

/**
 * Validates the binary and its JSON, then reads it. The result is a view of `bytes`: do not modify them.
 * @throws ArtifactError with the reason: truncated, another file type, another format version, modified.
 */
export function decodeArtifact(bytes: Uint8Array, meta: ArtifactMeta): Parameters {
  const fail = (reason: string): never => {
    throw new ArtifactError(`model artifact: ${reason}`);
  };
  if (bytes.length < HEADER_BYTES) fail(`truncated: ${bytes.length} bytes are less than a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) fail("not a model artifact: wrong magic number");
  const version = view.getUint16(4, true);
  if (version > FORMAT_VERSION)
    fail(`format ${version} is newer than this code, which reads ${FORMAT_VERSION}`);
  if (version < FORMAT_VERSION) fail(`format ${version} is older than ${FORMAT_VERSION}: run make train`);
  if (meta.formatVersion !== version) fail(`the JSON has format ${String(meta.formatVersion)}`);
  const { labels } = meta;
  if (labels.length < 2 || new Set(labels).size < labels.length) fail("the JSON lists no or equal labels");
  if (bytes[6] !== labels.length) fail(`${bytes[6]} labels, and the JSON lists ${labels.length}`);
  if (bytes[7] !== BLOCKS.length) fail("another number of feature blocks");
  const bucketBits = view.getUint32(8, true);
  const entries = view.getUint32(12, true);
  if (bucketBits < 8 || bucketBits > 20 || entries > 8192) fail("a header field is out of range");
  const at = layout(labels.length, bucketBits, entries);
  if (bytes.length < at.end) fail(`truncated: ${bytes.length} bytes of ${at.end}`);
  if (bytes.length > at.end) fail(`${bytes.length - at.end} bytes too many`);
  if (createHash("sha256").update(bytes).digest("hex") !== meta.sha256) fail("its SHA-256 is not the JSON's");
  const doubles = (from: number, count: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => view.getFloat64(at.floats + 8 * (from + i), true));
  const floats = doubles(0, BLOCKS.length + 2 * labels.length);
  if (!floats.every(Number.isFinite)) fail("a parameter is not a finite number");
  return {
    labels,
    bucketBits,
    blockWeights: floats.slice(0, BLOCKS.length),
    bias: floats.slice(BLOCKS.length, BLOCKS.length + labels.length),
    scale: floats.slice(BLOCKS.length + labels.length),
    lexiconKeys: Int32Array.from({ length: entries }, (_, i) => view.getInt32(at.keys + 4 * i, true)),
    lexiconScores: new Int8Array(bytes.subarray(at.scores, at.weights)),
    // a view, because a copy would take most of the loading time
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + at.weights, at.end - at.weights),
  };
}
