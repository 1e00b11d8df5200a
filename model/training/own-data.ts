import { createHash } from "node:crypto";
import { UserError } from "../../ops/settings/fail.ts";
import { DataError, type Dataset, type Example, readBytes, readRows } from "./dataset.ts";
import { normalize } from "./split.ts";

/** Each label is a column of every table, a metric series of every replica and a value in the OpenAPI document. */
const MAX_LABELS = 100;
/** Different texts a label needs: with fewer, a fold of the cross-validation has nearly none. */
const MIN_TEXTS = 20;
const LABEL = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} _./&+-]{0,39}$/u;
const COLUMNS = ["text", "label"] as const;

export interface OwnData extends Dataset {
  /** Sorted; numbers in them by value. */
  readonly labels: readonly string[];
}

/**
 * Reads a CSV with the columns `text` and `label`, others ignored.
 * @throws UserError with the line, where there is one, of what cannot be trained on.
 */
export function readOwnData(path: string): OwnData {
  const bytes = readBytes(path, "CSV");
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${path} is not UTF-8: save it as "CSV UTF-8"`);
  }
  return { ...parseOwnData(text, path), sha256: createHash("sha256").update(bytes).digest("hex") };
}

export function parseOwnData(text: string, source: string): Omit<OwnData, "sha256"> {
  const header = (names: string[]): string[] => {
    const columns = names.map((name) => name.trim().toLowerCase());
    const missing = COLUMNS.find((name) => !columns.includes(name));
    if (missing === undefined) return columns;
    throw new DataError(
      source,
      1,
      `no column "${missing}"; the first line has: ${names.join(" | ").slice(0, 80)}`,
    );
  };
  const rows = readRows<Record<(typeof COLUMNS)[number], string>>(text, source, header);
  const named = rows.map(({ record, info }) => {
    const label = record.label.trim().normalize("NFC");
    const wrong = (reason: string): DataError => new DataError(source, info.lines, reason);
    if (record.text.trim() === "") throw wrong("the text is empty");
    if (label === "") throw wrong("the label is empty");
    if (!LABEL.test(label))
      throw wrong(
        `label ${JSON.stringify(label.slice(0, 60))}: use 1 to 40 letters, digits, blanks and _ . / & + -`,
      );
    return { text: record.text, label };
  });
  const labels = labelsOf(named, source);
  const index = new Map(labels.map((label, k) => [label, k]));
  const examples: Example[] = named.map((row) => ({ text: row.text, label: index.get(row.label)! }));
  return { examples, labels };
}

/** The labels, each with enough different texts. */
function labelsOf(rows: readonly { text: string; label: string }[], source: string): string[] {
  const texts = new Map<string, Set<string>>();
  for (const { text, label } of rows) {
    const known = texts.get(label) ?? new Set();
    texts.set(label, known.add(normalize(text)));
  }
  const labels = [...texts.keys()].sort(new Intl.Collator("en", { numeric: true }).compare);
  const fail = (reason: string): never => {
    throw new UserError(`${source}: ${reason}`);
  };
  if (labels.length < 2)
    fail(`${rows.length} rows with ${labels.length} labels; a classifier needs two or more`);
  if (labels.length > MAX_LABELS) fail(`${labels.length} labels; at most ${MAX_LABELS} are possible`);
  const twin = labels.find((label) =>
    labels.some((o) => o !== label && o.toLowerCase() === label.toLowerCase()),
  );
  if (twin) fail(`"${twin}" is written in two ways, which would be two labels`);
  for (const label of labels) {
    const { size } = texts.get(label)!;
    if (size < MIN_TEXTS) fail(`"${label}" has ${size} different texts; at least ${MIN_TEXTS} are needed`);
  }
  return labels;
}
