import { classOf, DIGIT, LETTER } from "./characters.ts";

/** Symbols: emoticons with the same mood share one, with any eyes and nose. */
const SMILE = 1;
const SAD = 2;
const GRIN = 3;
const TONGUE = 4;
const SKEPTIC = 5;
const HEART = 6;
const OPEN = 7;

/** Mood by mouth character, for units below 128; 0 is not a mouth. */
const mouths = new Uint8Array(128);
for (const [units, symbol] of [
  [")]}", SMILE],
  ["([{", SAD],
  ["D", GRIN],
  ["Pp", TONGUE],
  ["/\\|sS", SKEPTIC],
  ["*", HEART],
  ["oO", OPEN],
] as const) {
  for (const unit of units) mouths[unit.charCodeAt(0)] = symbol;
}

/** Eyes `:`, `;`, `=`, and `<` for a heart. */
function isEyes(unit: number): boolean {
  return unit === 58 || unit === 59 || unit === 61;
}

function isNose(unit: number): boolean {
  return unit === 45 || unit === 39 || unit === 94 || unit === 111;
}

/**
 * Length in UTF-16 units of the emoticon at `at`, 0 when there is none. `first` is the unit there,
 * a separate argument because it may be written as an entity.
 */
export function emoticonLength(text: string, at: number, length: number, first: number): number {
  if (first === 60) return at + 1 < length && text.charCodeAt(at + 1) === 51 ? 2 : 0;
  if (first === 40) return at + 1 < length && isEyes(text.charCodeAt(at + 1)) ? 2 : 0;
  if (!isEyes(first)) return 0;
  let mouth = at + 1;
  if (mouth < length && isNose(text.charCodeAt(mouth)) && hasMouth(text, mouth + 1, length)) mouth++;
  return hasMouth(text, mouth, length) ? mouth + 1 - at : 0;
}

/** Mood of the emoticon of `size` units at `at`. */
export function emoticonSymbol(text: string, at: number, size: number, first: number): number {
  if (first === 60) return HEART;
  if (first === 40) return SMILE;
  return mouths[text.charCodeAt(at + size - 1)]!;
}

function hasMouth(text: string, at: number, length: number): boolean {
  if (at >= length) return false;
  const unit = text.charCodeAt(at);
  if (unit >= 128 || mouths[unit] === 0) return false;
  // "http://" and ":post" are not emoticons
  const after = at + 1 < length ? text.charCodeAt(at + 1) : 32;
  const type = classOf(after);
  if (unit === 47 && after === 47) return false;
  return classOf(unit) === LETTER ? type !== LETTER && type !== DIGIT : true;
}
