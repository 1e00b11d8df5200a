import { type Block, WHOLE_TEXT } from "./blocks.ts";
import { finish } from "./hashing.ts";
import { type Lexicon, NEGATOR } from "./lexicon.ts";
import { EMOJI, EMOTICON, MARK, type Tokenizer, WORD } from "./tokenizer.ts";

const SEED = 0x6c657869;
/** A negator inverts the valence of the next three tokens, up to the next punctuation mark. */
const NEGATION_REACH = 3;

/** Valence of an emoticon by its mood (see emoticons.ts), index 0 unused. */
const MOOD_SCORES = [0, 2, -2, 3, 1, -1, 3, 0] as const;

const HIT = 0;
const SUM = 32;
const POSITIVE = 64;
const NEGATIVE = 96;
const BOTH = 128;
const FIRST = 192;
const LAST = 224;

/**
 * Fills `block` with a feature for each listed word (its valence, negation applied) and, of the whole
 * text, the binned sums of positive and negative valence and the valence of the first and last listed word.
 */
export function addLexicon(tokens: Tokenizer, lexicon: Lexicon, block: Block, mask: number): void {
  const { count, kind, hash } = tokens;
  const { buckets, at } = block;
  let size = 0;
  let negatedUntil = -1;
  let positive = 0;
  let negative = 0;
  let first = 0;
  let last = 0;
  for (let t = 0; t < count; t++) {
    const type = kind[t]!;
    let score = 0;
    if (type === WORD || type === EMOJI) {
      score = lexicon.score(hash[t]!);
      if (score === NEGATOR) {
        negatedUntil = t + NEGATION_REACH;
        continue;
      }
    } else if (type === EMOTICON) score = MOOD_SCORES[tokens.moods[t]!] ?? 0;
    else if (type === MARK) negatedUntil = -1;
    if (score === 0) continue;
    const negated = t <= negatedUntil;
    if (negated) score = -score;
    if (score > 0) positive += score;
    else negative -= score;
    if (first === 0) first = score;
    last = score;
    at[size] = t;
    buckets[size++] = finish(SEED + HIT + score + 5 + (negated ? 16 : 0)) & mask;
  }
  const good = bin(positive);
  const bad = bin(negative);
  for (let i = size; i < size + 6; i++) at[i] = WHOLE_TEXT;
  buckets[size++] = finish(SEED + SUM + clamp(positive - negative)) & mask;
  buckets[size++] = finish(SEED + POSITIVE + good) & mask;
  buckets[size++] = finish(SEED + NEGATIVE + bad) & mask;
  buckets[size++] = finish(SEED + BOTH + good * 8 + bad) & mask;
  buckets[size++] = finish(SEED + FIRST + first + 5) & mask;
  buckets[size++] = finish(SEED + LAST + last + 5) & mask;
  block.count = size;
}

/** 0, 1, 2, 3, 4–5, 6–8, 9 and more, as 0..6. */
function bin(sum: number): number {
  if (sum < 4) return sum;
  return sum < 6 ? 4 : sum < 9 ? 5 : 6;
}

function clamp(sum: number): number {
  return Math.max(-8, Math.min(8, sum)) + 8;
}
