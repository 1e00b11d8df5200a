// Variables that no setting and no part of compose.yaml uses: a typo would silently leave a default.
import { UserError } from "./fail.ts";
import { envFile, settings } from "./project.ts";
import { table } from "./table.ts";

/** Read from `.env` by Docker, Compose and the programs they start. */
const FOREIGN = /^(?:COMPOSE|DOCKER|BUILDKIT|BUILDX)_|^(?:HTTPS?|NO)_PROXY$|^SSL_CERT_(?:FILE|DIR)$/i;
/** Shorter names may differ by one edit, in `.env` these by two: SMTP_PORT is two edits from HTTP_PORT. */
const LONG = 12;
/** Shorter names of the environment are words that other programs use. */
const MIN_LENGTH = 7;

/** Edits from one text to another: inserted, removed, replaced and swapped neighbouring characters. */
export function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replaced;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, replaced, swapped));
    }
  }
  return at(a.length, b.length);
}

/** The known name that `name` is a typo of; undefined where it has a meaning of its own, or is close to none. */
export function meant(name: string, known: readonly string[], edits = 2): string | undefined {
  if (known.includes(name) || FOREIGN.test(name)) return undefined;
  const most = (other: string) => (other.length < LONG ? 1 : edits);
  return known.find((other) => distance(name.toUpperCase(), other.toUpperCase()) <= most(other));
}

/** @throws UserError with the first variable that is a typo of a known one, and its place. */
export function refuseTypos(
  file: readonly string[],
  environment: readonly string[],
  known: readonly string[],
): void {
  const settingNames = table.map(({ name }) => name);
  const outside = environment.filter((name) => name.length >= MIN_LENGTH && !known.includes(name));
  const names = [
    ...file.map((name) => [".env: ", name, meant(name, known)]),
    ...outside.map((name) => ["", name, meant(name, settingNames, 1)]),
  ];
  const [place, name, other] = names.find(([, , found]) => found !== undefined) ?? [];
  if (other) throw new UserError(`${place}unknown variable ${name}; did you mean ${other}?`);
}

/** Lines about variables of `.env` without effect, and about empty ones that mean a default. */
export function warnings(
  file: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  const unused = Object.keys(file).filter((name) => !known.includes(name) && !FOREIGN.test(name));
  const values = { ...file, ...environment };
  const empty = table.filter(({ name, default: standard }) => standard !== "" && values[name] === "");
  return [
    ...unused.map((name) => `.env: nothing uses the variable ${name}`),
    ...empty.map(({ name, default: standard }) => `${name} is empty: its default is used, ${standard}`),
  ];
}

/** Checks the names of all variables. @returns warnings. @throws UserError for a typo. */
export function validateNames(): string[] {
  const known = Object.keys(settings);
  const file = envFile();
  refuseTypos(Object.keys(file), Object.keys(process.env), known);
  return warnings(file, process.env, known);
}
