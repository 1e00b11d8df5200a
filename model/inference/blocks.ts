/**
 * The feature families. Each is one block: within it every feature has the value
 * `weight / sqrt(count)`, so that a long text does not shout (the weights are the artifact's).
 */
export const BLOCKS = ["word", "bigram", "char3", "char4", "char5", "lexicon", "shape"] as const;

export type BlockName = (typeof BLOCKS)[number];

/** Features of one family in one text: `buckets[0..count)`; what `at[i]` means is the family's. */
export class Block {
  readonly buckets: Int32Array;
  readonly at: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.buckets = new Int32Array(capacity);
    this.at = new Int32Array(capacity);
  }
}
