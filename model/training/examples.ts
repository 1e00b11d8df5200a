import type { BlockName } from "../inference/blocks.ts";
import { BLOCKS } from "../inference/blocks.ts";
import type { Featurizer } from "../inference/features.ts";

export type BlockWeights = Readonly<Record<BlockName, number>>;

/** Sparse rows: row r has `buckets` and `values` from `offsets[r]` to `offsets[r + 1]`. */
export interface Rows {
  readonly size: number;
  readonly offsets: Int32Array;
  readonly buckets: Int32Array;
  readonly values: Float32Array;
}

/** Reads every text with the inference featurizer; a feature's value is `weight / sqrt(count)`. */
export function toRows(texts: readonly string[], features: Featurizer, weights: BlockWeights): Rows {
  const offsets = new Int32Array(texts.length + 1);
  let buckets = new Int32Array(texts.length * 256 + 65_536 * 2);
  let values = new Float32Array(buckets.length);
  let size = 0;
  for (const [row, text] of texts.entries()) {
    features.read(text);
    for (const [b, block] of features.blocks.entries()) {
      const weight = weights[BLOCKS[b]!];
      if (weight === 0 || block.count === 0) continue;
      while (size + block.count > buckets.length) {
        buckets = grow(buckets, new Int32Array(buckets.length * 2));
        values = grow(values, new Float32Array(values.length * 2));
      }
      buckets.set(block.buckets.subarray(0, block.count), size);
      values.fill(weight / Math.sqrt(block.count), size, size + block.count);
      size += block.count;
    }
    offsets[row + 1] = size;
  }
  return { size: texts.length, offsets, buckets, values };
}

function grow<T extends Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(from: T, to: T): T {
  to.set(from);
  return to;
}
