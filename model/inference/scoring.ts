import type { Block } from "./blocks.ts";

/**
 * Writes the sum of the block's weight rows to `sums`, four labels at a time: a prediction spends most of its time
 * here, and sums in local variables are faster than sums in an array.
 */
export function addBlock(weights: Int8Array, block: Block, sums: Int32Array): void {
  const { buckets, count } = block;
  const labels = sums.length;
  let k = 0;
  for (; k + 4 <= labels; k += 4) {
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let i = 0; i < count; i++) {
      const at = buckets[i]! * labels + k;
      s0 = (s0 + weights[at]!) | 0;
      s1 = (s1 + weights[at + 1]!) | 0;
      s2 = (s2 + weights[at + 2]!) | 0;
      s3 = (s3 + weights[at + 3]!) | 0;
    }
    sums[k] = s0;
    sums[k + 1] = s1;
    sums[k + 2] = s2;
    sums[k + 3] = s3;
  }
  for (; k < labels; k++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = (sum + weights[buckets[i]! * labels + k]!) | 0;
    sums[k] = sum;
  }
}
