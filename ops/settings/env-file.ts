import { UserError } from "./fail.ts";

const IGNORED = /^[ \t\r]*(?:#|$)/;
const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*([\s\S]*)$/;
const SINGLE = /^'([^']*)'[ \t\r]*(?:#[\s\S]*)?$/;
const DOUBLE = /^"((?:[^"\\$]|\\["\\$])*)"[ \t\r]*(?:#[\s\S]*)?$/;
/** Control characters and spaces other than U+0020, which Go and JavaScript trim differently. */
export const UNPRINTABLE = /[^ -~\u00a1-\uffff]|[\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/; // k6 knows no \p{...}
const BOM = /^\ufeff/; // written by some editors
const HOW = 'write the value in single quotes, or in double quotes with \\ before every \\ " and $';

/** The value as Compose reads it; undefined where Compose would interpolate or its versions differ. */
function readValue(text: string): string | undefined {
  const [, single] = SINGLE.exec(text) ?? [];
  if (single !== undefined) return single.endsWith("\\") ? undefined : single; // \' does not end it
  const [, double] = DOUBLE.exec(text) ?? [];
  if (double !== undefined) return double.replace(/\\(.)/g, "$1");
  const [plain = ""] = text.split(" #", 1);
  return /^['"#]|\$/.test(plain) ? undefined : plain.replace(/[ \t\r]+$/, "");
}

/**
 * The variables of a `.env`, as Compose reads it: unquoted up to ` #`, literal in single quotes, with `\\`, `\"` and
 * `\$` in double quotes. @throws UserError with the line of anything that Compose could read differently.
 */
export function parseEnvFile(text: string, path = ".env"): Map<string, string> {
  const variables = new Map<string, string>();
  for (const [index, line] of text.replace(BOM, "").split("\n").entries()) {
    if (IGNORED.test(line)) continue;
    const [, name, rest = ""] = ASSIGNMENT.exec(line) ?? [];
    if (name === undefined) throw new UserError(`${path}:${index + 1}: write NAME=value`);
    const value = readValue(rest);
    if (value === undefined) throw new UserError(`${path}:${index + 1}: ${name}: ${HOW}`);
    if (UNPRINTABLE.test(value))
      throw new UserError(`${path}:${index + 1}: ${name}: the value holds a character that is not printable`);
    variables.set(name, value);
  }
  return variables;
}
