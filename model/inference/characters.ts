/** Classes of UTF-16 units for the tokenizer. */
export const SPACE = 0;
export const LETTER = 1;
export const DIGIT = 2;
export const PUNCTUATION = 3;
const SYMBOL = 4;
export const SURROGATE = 5;

/** Units below this are lower-cased by table: Latin, Greek, Cyrillic, Armenian. */
const FOLDED = 0x590;

const asciiClass = new Uint8Array(128);
for (let c = 0; c < 128; c++) {
  const char = String.fromCharCode(c);
  if (/[a-z]/i.test(char)) asciiClass[c] = LETTER;
  else if (/[0-9]/.test(char)) asciiClass[c] = DIGIT;
  else if (c > 32 && c < 127) asciiClass[c] = PUNCTUATION;
}

const lower = new Uint16Array(FOLDED);
for (let c = 0; c < FOLDED; c++) {
  // "İ" lower-cases to two units; a table of units keeps the first
  lower[c] = String.fromCharCode(c).toLowerCase().charCodeAt(0);
}

/** Class of one UTF-16 unit; defined for 0..65535. */
export function classOf(unit: number): number {
  return unit < 128 ? asciiClass[unit]! : wideClass(unit);
}

/** Lower case of one UTF-16 unit, itself where it has none. */
export function fold(unit: number): number {
  return unit < FOLDED ? lower[unit]! : unit;
}

function wideClass(unit: number): number {
  if (unit < 0xc0) return unit === 0xa0 || unit < 0xa0 ? SPACE : PUNCTUATION;
  if (unit === 0xd7 || unit === 0xf7) return PUNCTUATION;
  if (unit < 0x2000) return LETTER;
  if (unit < 0x2070) return unit >= 0x2010 && unit <= 0x2027 ? PUNCTUATION : SPACE;
  if (unit < 0x2190) return LETTER;
  if (unit < 0x2c00) return SYMBOL;
  if (unit >= 0x3000 && unit < 0x3040) return unit === 0x3000 ? SPACE : PUNCTUATION;
  if (unit >= 0xd800 && unit < 0xe000) return SURROGATE;
  // variation selectors only change the style of the symbol before them
  if (unit >= 0xfe00 && unit < 0xfe10) return SPACE;
  return unit >= 0xfff0 ? SPACE : LETTER;
}
