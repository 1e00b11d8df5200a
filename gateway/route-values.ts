// Single values in a route's file: each function returns the checked value or throws one line with what is allowed.
import { UserError } from "../ops/settings/fail.ts";
import { USER_NAME } from "../ops/settings/validate.ts";

const RATE = /^[1-9]\d{0,5}r\/[sm]$/;
const COUNT = /^[1-9]\d{0,4}$/;
const DURATION = /^([1-9]\d{0,5})(ms|s|m)$/;
const SIZE = /^([1-9]\d{0,3})([km])$/;
const PATH = /^(\/[A-Za-z0-9._~-]+)+$/;
const ORIGIN = /^https?:\/\/((?!-)[a-z0-9-]+(\.[a-z0-9-]+)*(?<!-)|\[[0-9a-f:]+\])(:[1-9]\d{0,4})?$/;
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const MAX_PATH = 100;
const MS = { ms: 1, s: 1000, m: 60_000 };
const KB = 1024;
/** Bytes. The worker has a limit behind it, MAX_BODY of workers/runtime/body.ts. */
export const MAX_BODY = 8 * KB * KB;
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** @throws UserError: what the value must be, and what it is. */
export function mustBe(what: string, value: unknown): never {
  throw new UserError(`must be ${what}, not ${JSON.stringify(value) ?? "empty"}`);
}

function matching(pattern: RegExp, what: string, value: unknown): string {
  return typeof value === "string" && pattern.test(value) ? value : mustBe(what, value);
}

export const rate = (value: unknown) => matching(RATE, "a rate such as 5r/s or 300r/m", value);
export const burst = (value: unknown) => Number(matching(COUNT, "a whole number from 1 to 99999", value));
export const header = (value: unknown) => matching(HEADER, "a header name such as X-Custom", value);
const userName = (value: unknown) => matching(USER_NAME, "a user: 1 to 64 of A-Z a-z 0-9 . _ -", value);

export function oneOf<T extends string>(...allowed: T[]): (value: unknown) => T {
  return (value) => allowed.find((each) => each === value) ?? mustBe(allowed.join(" or "), value);
}
export const flag = (value: unknown) => oneOf("true", "false")(value) === "true";

/** Milliseconds. */
export function duration(value: unknown): number {
  const text = matching(DURATION, "a time such as 500ms, 10s or 2m", value);
  const [, count = "", unit = "s"] = DURATION.exec(text) ?? [];
  return Number(count) * MS[unit as keyof typeof MS];
}

/** Bytes. */
export function size(value: unknown): number {
  const what = "a size such as 64k or 1m, at most 8m";
  const [, count = "", unit = ""] = SIZE.exec(matching(SIZE, what, value)) ?? [];
  const bytes = Number(count) * (unit === "m" ? KB * KB : KB);
  return bytes <= MAX_BODY ? bytes : mustBe(what, value);
}

export function list<T>(item: (value: unknown) => T): (value: unknown) => T[] {
  return (value) =>
    Array.isArray(value) && value.length > 0 ? value.map(item) : mustBe("a list such as [A, B]", value);
}

export function entries(value: unknown): [string, unknown][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return Object.entries(value);
  return mustBe("keys with values, such as { KEY: VALUE }", value);
}

/** In METHODS' order; HEAD is allowed with GET. */
export function methods(value: unknown): string[] {
  const chosen = list(oneOf(...METHODS))(value);
  return METHODS.filter((each) => chosen.includes(each) || (each === "HEAD" && chosen.includes("GET")));
}

/** "/x" is the path itself, "/x/*" the path and everything below it. */
export function path(value: string): { path: string; prefix: boolean } {
  const what = `such as /invoices, or /invoices/* for everything below it, of A-Z a-z 0-9 . _ ~ -`;
  const prefix = value.endsWith("/*");
  const text = prefix ? value.slice(0, -2) : value;
  // The gateway refuses these (servers/20-https.conf).
  const ambiguous = text.startsWith("/_") || /\/\.\.?(\/|$)/.test(text);
  return PATH.test(text) && text.length <= MAX_PATH && !ambiguous
    ? { path: text, prefix }
    : mustBe(what, value);
}

/** Rates by user. */
export function users(value: unknown): Record<string, string> {
  return Object.fromEntries(entries(value).map(([name, each]) => [userName(name), rate(each)]));
}

/** As a browser writes it: any other never matches. */
export function origin(value: unknown): string {
  if (value === "*") return value;
  const what = `an origin such as https://app.example.org, without the default port, or "*"`;
  const text = matching(ORIGIN, what, value);
  return URL.canParse(text) && new URL(text).origin === text ? text : mustBe(what, value);
}
