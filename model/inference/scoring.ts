import { LABEL_COUNT } from "../labels.ts";
import type { Block } from "./blocks.ts";

/** Writes the sum of the block's weight rows to `sums`. Unrolled: a prediction spends most of its time here. */
export function addBlock(weights: Int8Array, block: Block, sums: Int32Array): void {
  const { buckets, count } = block;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let s8 = 0;
  let s9 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  for (let i = 0; i < count; i++) {
    const at = buckets[i]! * LABEL_COUNT;
    s0 = (s0 + weights[at]!) | 0;
    s1 = (s1 + weights[at + 1]!) | 0;
    s2 = (s2 + weights[at + 2]!) | 0;
    s3 = (s3 + weights[at + 3]!) | 0;
    s4 = (s4 + weights[at + 4]!) | 0;
    s5 = (s5 + weights[at + 5]!) | 0;
    s6 = (s6 + weights[at + 6]!) | 0;
    s7 = (s7 + weights[at + 7]!) | 0;
    s8 = (s8 + weights[at + 8]!) | 0;
    s9 = (s9 + weights[at + 9]!) | 0;
    s10 = (s10 + weights[at + 10]!) | 0;
    s11 = (s11 + weights[at + 11]!) | 0;
    s12 = (s12 + weights[at + 12]!) | 0;
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
  sums[8] = s8;
  sums[9] = s9;
  sums[10] = s10;
  sums[11] = s11;
  sums[12] = s12;
}
