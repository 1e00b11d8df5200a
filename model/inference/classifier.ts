import type { Parameters } from "./artifact.ts";
import { type Explanation, explainLogits } from "./explain.ts";
import { Featurizer } from "./features.ts";
import { Lexicon } from "./lexicon.ts";
import { addBlock } from "./scoring.ts";

export interface Prediction {
  readonly label: string;
  /** Calibrated probability of the label, in (0, 1]. */
  readonly probability: number;
}

/** Text to label, deterministic. Not re-entrant: buffers are shared between calls. */
export class Classifier {
  readonly version: string;
  readonly #parameters: Parameters;
  readonly #features: Featurizer;
  readonly #sums: Int32Array;
  readonly #logits: Float64Array;

  constructor(parameters: Parameters, version: string) {
    this.version = version;
    this.#parameters = parameters;
    this.#sums = new Int32Array(parameters.labels.length);
    this.#logits = new Float64Array(parameters.labels.length);
    this.#features = new Featurizer(
      new Lexicon(parameters.lexiconKeys, parameters.lexiconScores),
      parameters.bucketBits,
    );
  }

  /** The most probable label; on a tie the first one. */
  predict(text: string): Prediction {
    const logits = this.#score(text);
    const best = argmax(logits);
    return { label: this.#parameters.labels[best]!, probability: 1 / partition(logits, logits[best]!) };
  }

  /** Distribution over the labels, in their order; sums to 1 up to rounding. */
  probabilities(text: string): Float64Array {
    const logits = this.#score(text);
    const max = logits[argmax(logits)]!;
    const total = partition(logits, max);
    return Float64Array.from(logits, (logit) => Math.exp(logit - max) / total);
  }

  /** The prediction and the contribution of each token. */
  explain(text: string): Explanation {
    const logits = this.#score(text);
    const best = argmax(logits);
    const max = logits[best]!;
    const total = partition(logits, max);
    const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - max) / total);
    return explainLogits(text, best, max, probabilities, this.#features, this.#parameters);
  }

  #score(text: string): Float64Array {
    const { bias, scale, blockWeights, weights } = this.#parameters;
    const features = this.#features;
    const sums = this.#sums;
    const logits = this.#logits;
    features.read(text);
    logits.fill(0);
    for (let b = 0; b < features.blocks.length; b++) {
      const block = features.blocks[b]!;
      if (block.count === 0 || blockWeights[b] === 0) continue;
      addBlock(weights, block, sums);
      const value = blockWeights[b]! / Math.sqrt(block.count);
      for (let k = 0; k < sums.length; k++) logits[k]! += value * sums[k]!;
    }
    for (let k = 0; k < sums.length; k++) logits[k] = bias[k]! + scale[k]! * logits[k]!;
    return logits;
  }
}

function argmax(logits: Float64Array): number {
  let best = 0;
  for (let k = 1; k < logits.length; k++) if (logits[k]! > logits[best]!) best = k;
  return best;
}

/** Sum of exp(logit - max). */
function partition(logits: Float64Array, max: number): number {
  let total = 0;
  for (let k = 0; k < logits.length; k++) total += Math.exp(logits[k]! - max);
  return total;
}
