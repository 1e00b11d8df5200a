import { Block } from "./blocks.ts";
import { FNV_OFFSET, FNV_PRIME, finish } from "./hashing.ts";
import type { Lexicon } from "./lexicon.ts";
import { addLexicon } from "./lexicon-features.ts";
import { addShape } from "./shape-features.ts";
import { MAX_UNITS, Tokenizer } from "./tokenizer.ts";

const BLANK = 32;
const WORD_SEED = 0x2545f491;
const BIGRAM_SEED = 0x5851f42d;
const CHAR_SEED = FNV_OFFSET;

/**
 * Text to hashed features: shared by training, `predict` and `explain`.
 *
 * After `read(text)` each block has its buckets. `at` is the token of a word, the second token of a bigram
 * (the first bigram has only one token), the token of a character n-gram, and the token or WHOLE_TEXT for
 * lexicon and shape. The blocks are overwritten by the next call.
 */
export class Featurizer {
  readonly tokens = new Tokenizer();
  readonly word = new Block(MAX_UNITS);
  readonly bigram = new Block(MAX_UNITS);
  readonly char3 = new Block(MAX_UNITS * 2);
  readonly char4 = new Block(MAX_UNITS * 2);
  readonly char5 = new Block(MAX_UNITS * 2);
  readonly lexicon = new Block(MAX_UNITS * 2);
  readonly shape = new Block(32);
  /** In the order of BLOCKS. */
  readonly blocks: readonly Block[] = [
    this.word,
    this.bigram,
    this.char3,
    this.char4,
    this.char5,
    this.lexicon,
    this.shape,
  ];
  readonly #mask: number;
  readonly #words: Lexicon;

  constructor(words: Lexicon, bucketBits: number) {
    this.#words = words;
    this.#mask = 2 ** bucketBits - 1;
  }

  read(text: string): void {
    this.tokens.scan(text);
    this.#wordGrams();
    this.#charGrams();
    addLexicon(this.tokens, this.#words, this.lexicon, this.#mask);
    addShape(this.tokens, this.shape, this.#mask);
  }

  #wordGrams(): void {
    const { count, hash } = this.tokens;
    const mask = this.#mask;
    const { buckets: words, at: wordAt } = this.word;
    const { buckets: bigrams, at: bigramAt } = this.bigram;
    let previous = BIGRAM_SEED;
    for (let t = 0; t < count; t++) {
      const current = hash[t]!;
      words[t] = finish(current ^ WORD_SEED) & mask;
      bigrams[t] = finish(Math.imul(previous, FNV_PRIME) ^ current) & mask;
      wordAt[t] = t;
      bigramAt[t] = t;
      previous = current ^ BIGRAM_SEED;
    }
    this.word.count = count;
    this.bigram.count = count;
  }

  /** Every 3-, 4- and 5-gram that lies within one word and the blank on each side of it. */
  #charGrams(): void {
    const { stream, owner, streamLength } = this.tokens;
    const mask = this.#mask;
    const { buckets: grams3, at: at3 } = this.char3;
    const { buckets: grams4, at: at4 } = this.char4;
    const { buckets: grams5, at: at5 } = this.char5;
    let n3 = 0;
    let n4 = 0;
    let n5 = 0;
    for (let p = 0; p + 2 < streamLength; p++) {
      const second = stream[p + 1]!;
      if (second === BLANK) continue;
      const token = owner[p + 1]!;
      const third = stream[p + 2]!;
      let h = Math.imul(CHAR_SEED ^ stream[p]!, FNV_PRIME);
      h = Math.imul(h ^ second, FNV_PRIME);
      h = Math.imul(h ^ third, FNV_PRIME);
      at3[n3] = token;
      grams3[n3++] = finish(h) & mask;
      if (third === BLANK) continue;
      const fourth = stream[p + 3]!;
      h = Math.imul(h ^ fourth, FNV_PRIME);
      at4[n4] = token;
      grams4[n4++] = finish(h) & mask;
      if (fourth === BLANK) continue;
      h = Math.imul(h ^ stream[p + 4]!, FNV_PRIME);
      at5[n5] = token;
      grams5[n5++] = finish(h) & mask;
    }
    this.char3.count = n3;
    this.char4.count = n4;
    this.char5.count = n5;
  }
}
