import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { CsvError, type Info, parse } from "csv-parse/sync";
import { UserError } from "../../ops/settings/fail.ts";
import { EMOTIONS } from "./emotions.ts";

export const DEFAULT_DATA = "../shared/data/tweet_emotions.csv";

/** A file that is not in the expected format, with the line (from 1) of the error. */
export class DataError extends UserError {
  constructor(source: string, line: number, reason: string) {
    super(`${source}, line ${line}: ${reason}`);
    this.name = "DataError";
  }
}

export interface Example {
  readonly text: string;
  /** Index into the labels. */
  readonly label: number;
}

export interface Dataset {
  readonly examples: readonly Example[];
  /** Of the file, lower-case hex. */
  readonly sha256: string;
}

/** @param variable the make variable for the path, for the error message. */
export function readBytes(path: string, variable: "DATA" | "GOEMOTIONS" | "CSV"): Uint8Array {
  if (path === "") throw new UserError(`give the path of the data with ${variable}=...`);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile())
    throw new UserError(`no data at ${path}: give its path with ${variable}=...`);
  return readFileSync(path);
}

/**
 * Reads the CrowdFlower "Emotion in Text" CSV: columns `sentiment` and `content` by name, others ignored.
 * @throws DataError with the line of a format error.
 */
export function readTweets(path: string): Dataset {
  const bytes = readBytes(path, "DATA");
  const examples = parseTweets(new TextDecoder().decode(bytes), path);
  return { examples, sha256: createHash("sha256").update(bytes).digest("hex") };
}

const COLUMNS = ["sentiment", "content"] as const;
type Row = Partial<Record<(typeof COLUMNS)[number], string>>;

export function parseTweets(text: string, source: string): Example[] {
  const rows = readRows<Row>(text, source, true);
  const header = rows[0]?.record ?? {};
  const missing = COLUMNS.find((name) => header[name] === undefined);
  if (missing) throw new DataError(source, 1, `no rows with a column "${missing}"`);
  return rows.map(({ record: { sentiment = "", content = "" }, info }) => {
    const label = (EMOTIONS as readonly string[]).indexOf(sentiment);
    if (label >= 0) return { text: content, label };
    throw new DataError(source, info.lines, `"${sentiment.slice(0, 40)}" is not one of the 13 labels`);
  });
}

/** Rows with the line on which each ends (RFC 4180; a byte order mark is dropped, empty lines are skipped). */
export function readRows<Row>(
  text: string,
  source: string,
  columns: true | ((header: string[]) => string[]),
): { record: Row; info: Info }[] {
  const options = { bom: true, columns, info: true, skip_empty_lines: true } as const;
  try {
    return parse(text, { ...options, record_delimiter: ["\n", "\r\n"] });
  } catch (error) {
    if (error instanceof CsvError) throw new DataError(source, Number(error["lines"]), error.message);
    throw error;
  }
}
