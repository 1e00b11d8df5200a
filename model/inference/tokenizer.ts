import { classOf, DIGIT, fold, LETTER, PUNCTUATION, SPACE, SURROGATE } from "./characters.ts";
import { emoticonLength, emoticonSymbol } from "./emoticons.ts";
import { entityLength, entityUnit } from "./entities.ts";
import { FNV_OFFSET, FNV_PRIME } from "./hashing.ts";

/** Text beyond this many UTF-16 units is ignored: buffers have a fixed size and time is bounded. */
export const MAX_UNITS = 16_384;

export const WORD = 0;
export const NUMBER = 1;
export const MENTION = 2;
export const LINK = 3;
export const MARK = 4;
export const EMOTICON = 5;
export const EMOJI = 6;

const AT = 64;
const APOSTROPHE = 39;
const BLANK = 32;
const ZERO = 48;

/**
 * A tokenizer for tweets that fills typed arrays instead of creating strings.
 *
 * After `scan(text)`, token `t` covers `text.slice(start[t], end[t])`, has `kind[t]` and `hash[t]`
 * (FNV-1a of its normal form). `stream[0..streamLength)` has the words in normal form, separated by
 * single blanks, for character n-grams, and `owner` the token of each unit.
 * Normal form: lower case, no apostrophes, three or more repeats as two, digits of a number as 0.
 */
export class Tokenizer {
  readonly kind = new Uint8Array(MAX_UNITS);
  readonly start = new Int32Array(MAX_UNITS);
  readonly end = new Int32Array(MAX_UNITS);
  readonly hash = new Int32Array(MAX_UNITS);
  readonly stream = new Uint16Array(2 * MAX_UNITS + 2);
  readonly owner = new Int32Array(2 * MAX_UNITS + 2);
  count = 0;
  streamLength = 0;
  elongated = 0;
  shouted = 0;
  gaps = 0;
  exclaimed = 0;
  asked = 0;
  mentions = 0;
  links = 0;
  /** Mood of token `t`, for emoticons only. */
  readonly moods = new Uint8Array(MAX_UNITS);

  scan(text: string): void {
    const length = Math.min(text.length, MAX_UNITS);
    this.count = 0;
    this.elongated = 0;
    this.shouted = 0;
    this.gaps = 0;
    this.exclaimed = 0;
    this.asked = 0;
    this.mentions = 0;
    this.links = 0;
    this.stream[0] = BLANK;
    this.streamLength = 1;
    let i = 0;
    while (i < length) {
      const unit = text.charCodeAt(i);
      const type = classOf(unit);
      if (type === LETTER) i = this.#word(text, i, length);
      else if (type === SPACE) {
        if (unit === BLANK && i > 0 && text.charCodeAt(i + 1) === BLANK) this.gaps++;
        i++;
      } else if (type === PUNCTUATION) i = this.#punctuation(text, i, length, unit);
      else if (type === DIGIT) i = this.#number(text, i, length);
      else i = this.#symbol(text, i, length, unit, type);
    }
  }

  #push(kind: number, start: number, end: number, hash: number): number {
    const t = this.count++;
    this.kind[t] = kind;
    this.start[t] = start;
    this.end[t] = end;
    this.hash[t] = hash;
    return end;
  }

  #word(text: string, start: number, length: number): number {
    const stream = this.stream;
    const owner = this.owner;
    const token = this.count;
    let out = this.streamLength;
    let hash = FNV_OFFSET;
    let last = 0;
    let beforeLast = 0;
    let capitals = 0;
    let stretched = 0;
    let i = start;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      const type = classOf(unit);
      if (type !== LETTER && type !== DIGIT) {
        if (!isApostrophe(unit) || i + 1 >= length || classOf(text.charCodeAt(i + 1)) !== LETTER) break;
        continue;
      }
      const folded = fold(unit);
      if (folded !== unit) capitals++;
      if (folded === last && folded === beforeLast) {
        stretched = 1;
        continue;
      }
      beforeLast = last;
      last = folded;
      hash = Math.imul(hash ^ folded, FNV_PRIME);
      owner[out] = token;
      stream[out++] = folded;
    }
    if (isLinkStart(text, start, i)) return this.#link(text, start, length);
    owner[out] = token;
    stream[out++] = BLANK;
    this.streamLength = out;
    this.elongated += stretched;
    if (capitals > 1 && capitals === i - start) this.shouted++;
    return this.#push(WORD, start, i, hash);
  }

  #link(text: string, start: number, length: number): number {
    let i = start;
    while (i < length && classOf(text.charCodeAt(i)) !== SPACE) i++;
    this.links++;
    return this.#push(LINK, start, i, FNV_OFFSET ^ LINK);
  }

  #number(text: string, start: number, length: number): number {
    let i = start;
    while (i < length && classOf(text.charCodeAt(i)) === DIGIT) i++;
    // "2morrow", "4ever": digits followed by letters are part of a word
    if (i < length && classOf(text.charCodeAt(i)) === LETTER) return this.#word(text, start, length);
    let hash = FNV_OFFSET;
    for (let digits = Math.min(i - start, 4); digits > 0; digits--) hash = Math.imul(hash ^ ZERO, FNV_PRIME);
    return this.#push(NUMBER, start, i, hash);
  }

  #punctuation(text: string, start: number, length: number, first: number): number {
    if (first === AT) {
      let i = start + 1;
      while (i < length && isNameUnit(text.charCodeAt(i))) i++;
      if (i > start + 1) {
        this.mentions++;
        return this.#push(MENTION, start, i, FNV_OFFSET ^ MENTION);
      }
    }
    const entity = entityLength(text, start, length);
    const unit = entity > 0 ? entityUnit(text, start) : first;
    const at = entity > 0 ? start + entity - 1 : start;
    const face = emoticonLength(text, at, length, unit);
    if (face > 0) {
      const symbol = emoticonSymbol(text, at, face, unit);
      this.moods[this.count] = symbol;
      return this.#push(EMOTICON, start, at + face, Math.imul(FNV_OFFSET ^ 0xe000 ^ symbol, FNV_PRIME));
    }
    if (unit === 33) this.exclaimed++;
    else if (unit === 63) this.asked++;
    let i = at + 1;
    if (entity === 0) while (i < length && text.charCodeAt(i) === first) i++;
    // "!", "!!" and "!!!" differ; longer runs equal "!!!"
    const run = Math.min(i - at, 3);
    return this.#push(MARK, start, i, Math.imul(FNV_OFFSET ^ (unit | (run << 16)), FNV_PRIME));
  }

  #symbol(text: string, start: number, length: number, unit: number, type: number): number {
    let next = start + 1;
    let code = unit;
    if (type === SURROGATE) {
      const low = start + 1 < length ? text.charCodeAt(start + 1) : 0;
      if (unit >= 0xdc00 || low < 0xdc00 || low >= 0xe000) return next;
      code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      next = start + 2;
      // skin tones modify the emoji before them
      if (code >= 0x1f3fb && code <= 0x1f3ff) return next;
    }
    return this.#push(EMOJI, start, next, Math.imul(FNV_OFFSET ^ 0x7000000 ^ code, FNV_PRIME));
  }
}

function isApostrophe(unit: number): boolean {
  return unit === APOSTROPHE || unit === 0x2019;
}

function isNameUnit(unit: number): boolean {
  return unit === 95 || (unit < 128 && classOf(unit) !== PUNCTUATION && classOf(unit) !== SPACE);
}

/** True for `http:`, `https:` and `www.` with the word ending at `end`. */
function isLinkStart(text: string, start: number, end: number): boolean {
  const size = end - start;
  if (size < 3 || size > 5) return false;
  const next = text.charCodeAt(end);
  if (next === 58) return size > 3 && text.startsWith("//", end + 1) && text.startsWith("http", start);
  return size === 3 && next === 46 && text.startsWith("www", start);
}
