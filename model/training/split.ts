import { createHash } from "node:crypto";

export type Part = "train" | "validation" | "test";

/** A salt of our own: the test part is not one that an earlier study of these data has looked at. */
const SALT = "fortress/1:";
const TEST_BELOW = 26;
const VALIDATION_BELOW = 52;
export const FOLDS = 5;

/**
 * The text as the split sees it: lower case, users, links and numbers masked, white space collapsed.
 * Texts that are equal here are near duplicates and always fall into the same part.
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

/** First byte of the SHA-256: 0–25 test (10.2 %), 26–51 validation (10.2 %), the rest train. */
export function partOf(text: string): Part {
  const byte = digest(text)[0]!;
  if (byte < TEST_BELOW) return "test";
  return byte < VALIDATION_BELOW ? "validation" : "train";
}

/** Fold 0..4 for cross-validation, from bytes 2–5, which do not depend on the part. */
export function foldOf(text: string): number {
  return digest(text).readUInt32BE(2) % FOLDS;
}
