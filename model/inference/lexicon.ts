/** Score that marks a negator ("not", "never") instead of a valence. */
export const NEGATOR = 100;

/** Slots of the open-addressing table: a power of two, at most half full. */
const SLOTS = 16_384;

/**
 * Valences of words and emoji by token hash: `sentiment`'s word list (AFINN-165 and Emoji Sentiment
 * Ranking) at the time of training. Scores are -5..5, or NEGATOR; 0 is "not listed".
 */
export class Lexicon {
  readonly #keys = new Int32Array(SLOTS);
  readonly #scores = new Int8Array(SLOTS);

  /** @throws RangeError when there are too many entries for the table. */
  constructor(keys: Int32Array, scores: Int8Array) {
    if (keys.length !== scores.length || keys.length > SLOTS / 2) {
      throw new RangeError(`a lexicon holds at most ${SLOTS / 2} entries, not ${keys.length}`);
    }
    for (let i = 0; i < keys.length; i++) {
      let slot = keys[i]! & (SLOTS - 1);
      while (this.#scores[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      this.#keys[slot] = keys[i]!;
      this.#scores[slot] = scores[i]!;
    }
  }

  score(hash: number): number {
    let slot = hash & (SLOTS - 1);
    while (this.#scores[slot] !== 0) {
      if (this.#keys[slot] === hash) return this.#scores[slot]!;
      slot = (slot + 1) & (SLOTS - 1);
    }
    return 0;
  }
}
