/**
 * The feature families, one block each. Every feature of a block has the value `weight / sqrt(count)`,
 * so that long texts have no larger logits. The weights are in the artifact.
 */
export const BLOCKS = ["word", "bigram", "char3", "char4", "char5", "lexicon", "shape"] as const;

export type BlockName = (typeof BLOCKS)[number];

/** Marks a feature of the whole text, which belongs to no token. */
export const WHOLE_TEXT = -1;

/** Features of one family in one text: `buckets[0..count)`; the meaning of `at[i]` depends on the family. */
export class Block {
  readonly buckets: Int32Array;
  readonly at: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.buckets = new Int32Array(capacity);
    this.at = new Int32Array(capacity);
  }
}
