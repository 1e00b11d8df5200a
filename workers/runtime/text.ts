import { Kind, type TString, TypeRegistry } from "@sinclair/typebox";
import { t } from "elysia";

/** Lengths are counted in code points, as JSON Schema does: an emoji is one character, not two. */
function lengthWithin(text: string, max: number): boolean {
  const trimmed = text.trim();
  if (trimmed.length === 0) return false;
  if (trimmed.length <= max) return true;
  if (trimmed.length > 2 * max) return false;
  let points = 0;
  for (const _ of trimmed) points++;
  return points <= max;
}

TypeRegistry.Set("Text", (schema: { maxLength: number }, value) => {
  return typeof value === "string" && lengthWithin(value, schema.maxLength);
});

// A character that trim() keeps. Spelled out because \s differs between regex dialects.
const NOT_BLANK =
  "[^\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff]";

/** A string of 1 to `maxLength` characters after trimming; blank text does not match. */
export function Text(
  maxLength: number,
  options: { description?: string; examples?: string[] } = {},
): TString {
  const schema = { ...options, minLength: 1, maxLength, pattern: NOT_BLANK, type: "string" as const };
  return t.Unsafe<string>({ ...schema, [Kind]: "Text" }) as unknown as TString; // checked by the registry above
}
