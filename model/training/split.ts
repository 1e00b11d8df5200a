import { createHash } from "node:crypto";

/** Ensures that the test part differs from those of earlier studies of these data. */
const SALT = "fortress/1:";
const TEST_BELOW = 26;
export const FOLDS = 5;

/**
 * Normalizes a text for the split: lower case, users, links and numbers masked, white space collapsed.
 * Equal results are near duplicates and are always in the same part.
 */
export function normalize(text: string): string {
  return text
    .toLowerCase()
    .replace(/(?:https?:\/\/|www\.)\S+/g, "<link>")
    .replace(/@\w+/g, "<user>")
    .replace(/\d+/g, "<number>")
    .replace(/\s+/g, " ")
    .trim();
}

function digest(text: string): Buffer {
  return createHash("sha256")
    .update(SALT + normalize(text))
    .digest();
}

/** Whether the text is in the test part: the first byte of its SHA-256 is 0–25 (10.2 % of texts). */
export function isTest(text: string): boolean {
  return digest(text)[0]! < TEST_BELOW;
}

/** Cross-validation fold 0..4 of the other texts, from bytes 2–5, which isTest does not use. */
export function foldOf(text: string): number {
  return digest(text).readUInt32BE(2) % FOLDS;
}
