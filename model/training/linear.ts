import type { Rows } from "./examples.ts";

/** Logits without bias, row-major: rows.size × classes. */
export function linearLogits(rows: Rows, weights: Float32Array, classes: number): Float64Array {
  const logits = new Float64Array(rows.size * classes);
  for (let r = 0; r < rows.size; r++) {
    const out = r * classes;
    for (let f = rows.offsets[r]!; f < rows.offsets[r + 1]!; f++) {
      const value = rows.values[f]!;
      const base = rows.buckets[f]! * classes;
      for (let k = 0; k < classes; k++) logits[out + k]! += value * weights[base + k]!;
    }
  }
  return logits;
}

/** The rows whose indices are given, in that order. */
export function selectRows(rows: Rows, indices: readonly number[]): Rows {
  const size = indices.reduce((sum, r) => sum + rows.offsets[r + 1]! - rows.offsets[r]!, 0);
  const offsets = new Int32Array(indices.length + 1);
  const buckets = new Int32Array(size);
  const values = new Float32Array(size);
  let at = 0;
  for (const [i, r] of indices.entries()) {
    const [start, end] = [rows.offsets[r]!, rows.offsets[r + 1]!];
    buckets.set(rows.buckets.subarray(start, end), at);
    values.set(rows.values.subarray(start, end), at);
    at += end - start;
    offsets[i + 1] = at;
  }
  return { size: indices.length, offsets, buckets, values };
}
