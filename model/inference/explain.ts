import type { Parameters } from "./artifact.ts";
import { BLOCKS, type Block, WHOLE_TEXT } from "./blocks.ts";
import type { Featurizer } from "./features.ts";

interface TokenContribution {
  readonly token: string;
  /** UTF-16 offsets into the text: `text.slice(start, end)` is the token. */
  readonly start: number;
  readonly end: number;
  /** Contribution to the logit of the predicted label; negative values lower it. */
  readonly contribution: number;
}

export interface Explanation {
  readonly label: string;
  readonly probabilities: Readonly<Record<string, number>>;
  /** The label's bias and the features of the whole text, which belong to no token. */
  readonly bias: number;
  /** bias + the sum of all contributions, up to rounding. */
  readonly logit: number;
  readonly tokens: readonly TokenContribution[];
}

const BIGRAM = BLOCKS.indexOf("bigram");

/** Splits the logit of label `best` over the tokens of the text that `features` read last. */
export function explainLogits(
  text: string,
  best: number,
  logit: number,
  probabilities: Float64Array,
  features: Featurizer,
  parameters: Parameters,
): Explanation {
  const { tokens, blocks } = features;
  const shares = new Float64Array(tokens.count);
  let bias = parameters.bias[best]!;
  for (const [b, block] of blocks.entries()) {
    if (block.count === 0) continue;
    const value = (parameters.blockWeights[b]! * parameters.scale[best]!) / Math.sqrt(block.count);
    bias += value * shareOut(block, b === BIGRAM, best, parameters, value, shares);
  }
  return {
    label: parameters.labels[best]!,
    probabilities: Object.fromEntries(parameters.labels.map((label, k) => [label, probabilities[k]!])),
    bias,
    logit,
    tokens: Array.from(shares, (contribution, t) => ({
      token: text.slice(tokens.start[t], tokens.end[t]),
      start: tokens.start[t]!,
      end: tokens.end[t]!,
      contribution,
    })),
  };
}

/** Adds the block's contributions to `shares`; returns the sum of the weights that have no token. */
function shareOut(
  block: Block,
  spansTwo: boolean,
  best: number,
  { weights, labels }: Parameters,
  value: number,
  shares: Float64Array,
): number {
  let whole = 0;
  for (let i = 0; i < block.count; i++) {
    const weight = weights[block.buckets[i]! * labels.length + best]!;
    const token = block.at[i]!;
    if (token === WHOLE_TEXT) whole += weight;
    else if (spansTwo && token > 0) {
      shares[token]! += (value * weight) / 2;
      shares[token - 1]! += (value * weight) / 2;
    } else shares[token]! += value * weight;
  }
  return whole;
}
