import type { LinearModel } from "./learner.ts";

/** int8 weights with one scale a label: logit = bias + scale · Σ value · weight. */
export interface Quantized {
  readonly weights: Int8Array;
  readonly scale: Float64Array;
}

/** Symmetric rounding to -127..127; the scale is the label's largest magnitude over 127. */
export function quantize(model: LinearModel): Quantized {
  const classes = model.bias.length;
  const scale = new Float64Array(classes);
  for (let i = 0; i < model.weights.length; i++) {
    const k = i % classes;
    scale[k] = Math.max(scale[k]!, Math.abs(model.weights[i]!));
  }
  // the scale of a label without weights must not be 0
  for (let k = 0; k < classes; k++) scale[k] = (scale[k]! || 1) / 127;
  const weights = Int8Array.from(model.weights, (w, i) => Math.round(w / scale[i % classes]!));
  return { weights, scale };
}
