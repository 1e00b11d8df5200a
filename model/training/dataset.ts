import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../ops/settings/user-error.ts";
import { LABELS } from "../labels.ts";
import { CsvError, parseCsv } from "./csv.ts";

export const DEFAULT_DATA = "../shared/data/tweet_emotions.csv";

export interface Example {
  readonly text: string;
  /** Index into LABELS. */
  readonly label: number;
}

export interface Dataset {
  readonly examples: readonly Example[];
  /** Of the file's bytes, lower-case hex. */
  readonly sha256: string;
}

/** `variable` is the one of make that names another place. */
export function readBytes(path: string, variable: "DATA" | "GOEMOTIONS"): Uint8Array {
  if (!existsSync(path)) throw new UserError(`no data at ${path}: give its path with ${variable}=...`);
  return readFileSync(path);
}

/**
 * Reads the CrowdFlower "Emotion in Text" CSV: columns `sentiment` and `content` by name, others ignored.
 * @throws CsvError with the line for anything that is not that format.
 */
export function readTweets(path: string): Dataset {
  const bytes = readBytes(path, "DATA");
  const examples = parseTweets(new TextDecoder().decode(bytes), path);
  return { examples, sha256: createHash("sha256").update(bytes).digest("hex") };
}

export function parseTweets(text: string, source: string): Example[] {
  const rows = parseCsv(text, source);
  const header = rows.next().value;
  if (header === undefined) throw new CsvError(source, 1, "the file is empty");
  const sentiment = column(header.fields, "sentiment", source);
  const content = column(header.fields, "content", source);
  const examples: Example[] = [];
  for (const { line, fields } of rows) {
    if (fields.length !== header.fields.length) {
      throw new CsvError(
        source,
        line,
        `${fields.length} fields where the header has ${header.fields.length}`,
      );
    }
    const name = fields[sentiment]!;
    const label = (LABELS as readonly string[]).indexOf(name);
    if (label < 0) throw new CsvError(source, line, `"${name.slice(0, 40)}" is none of the 13 labels`);
    examples.push({ text: fields[content]!, label });
  }
  if (examples.length === 0) throw new CsvError(source, 2, "there are no rows after the header");
  return examples;
}

function column(header: readonly string[], name: string, source: string): number {
  const index = header.indexOf(name);
  if (index < 0) throw new CsvError(source, 1, `the header has no column "${name}"`);
  return index;
}
