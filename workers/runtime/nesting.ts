import { Problem } from "./problem.ts";

/** Levels of arrays and objects; far below the depth at which recursive code overflows the stack. */
export const MAX_DEPTH = 64;

/** Characters or bytes. JSON up to this length cannot nest deeper than MAX_DEPTH. */
export const SHALLOW = 2 * MAX_DEPTH;

/** Arrays and objects, and their members. Each takes 2 bytes of a body and up to 80 of memory when parsed. */
export const MAX_VALUES = 32_768;

/** Numeric member names. An object with the single member "999" takes 9 kB: it is stored as an array of that length. */
const MAX_INDEXES = 1024;

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Whether a character occurs more than `limit` times. indexOf is many times faster than a loop. */
function occursMore(text: string, character: string, limit: number): boolean {
  let found = -1;
  for (let n = 0; n <= limit; n++) {
    found = text.indexOf(character, found + 1);
    if (found < 0) return false;
  }
  return true;
}

/** Whether there are too few brackets and commas to exceed a limit, as in most bodies. */
function isPlain(text: string): boolean {
  return (
    !occursMore(text, "[", MAX_DEPTH / 2) &&
    !occursMore(text, "{", MAX_DEPTH / 2) &&
    (text.length <= 2 * MAX_VALUES || !occursMore(text, ",", MAX_VALUES))
  );
}

/** @throws Problem 400 for JSON that nests too deep or has too many values; invalid JSON may pass. */
export function checkNesting(text: string): void {
  if (text.length <= SHALLOW || isPlain(text)) return;
  let depth = 0;
  let containers = 0;
  let commas = 0;
  let indexes = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x5b: // [
      case 0x7b: // {
        containers++;
        if (++depth > MAX_DEPTH) {
          throw new Problem(400, `The request body is nested deeper than ${MAX_DEPTH} levels.`);
        }
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
      case 0x2c: // ,
        commas++;
        break;
      case QUOTE: {
        const start = i + 1;
        i = endOfString(text, start);
        if (isIndex(text, start, i) && ++indexes > MAX_INDEXES) {
          throw new Problem(400, `The request body has more than ${MAX_INDEXES} members named by numbers.`);
        }
      }
    }
    if (containers > MAX_VALUES || commas > MAX_VALUES) {
      throw new Problem(400, `The request body holds more than ${MAX_VALUES} values.`);
    }
  }
}

/** Length of four digits written as escapes; larger numbers are not stored as an array. */
const LONGEST_INDEX = 24;

/** Whether the string between these offsets is a member's name and may be a number like "999". */
function isIndex(text: string, start: number, end: number): boolean {
  if (end === start || end - start > LONGEST_INDEX) return false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) break; // may be an escaped digit
    if (code < 0x30 || code > 0x39) return false;
  }
  let after = end + 1;
  while (text.charCodeAt(after) <= 0x20) after++;
  return text.charCodeAt(after) === COLON;
}

/** @returns the offset of the quote that ends the string, or of the end of the text. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i++;
  }
  return text.length;
}
