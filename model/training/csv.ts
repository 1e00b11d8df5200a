import { UserError } from "../../ops/settings/user-error.ts";

/** A broken file, with the line (from 1) where the fault was seen. */
export class CsvError extends UserError {
  readonly line: number;

  constructor(source: string, line: number, reason: string) {
    super(`${source}, line ${line}: ${reason}`);
    this.name = "CsvError";
    this.line = line;
  }
}

export interface CsvRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * RFC 4180 rows of `text`: quoted fields may hold commas, doubled quotes and line ends; lines end in
 * LF, CRLF or the end of the file; empty lines are passed over; a byte order mark is dropped.
 * @throws CsvError for an open quote or text after a closing one.
 */
export function* parseCsv(text: string, source: string): Generator<CsvRow> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let line = 1;
  while (at < text.length) {
    const first = line;
    const fields: string[] = [];
    for (;;) {
      const field = text[at] === '"' ? quoted(text, at, source, line) : bare(text, at);
      fields.push(field.value);
      line += field.lines;
      at = field.end;
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at++;
    at++;
    line++;
    if (fields.length > 1 || fields[0] !== "") yield { line: first, fields };
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
  readonly lines: number;
}

function bare(text: string, start: number): Field {
  let end = start;
  while (end < text.length && !endsField(text, end)) end++;
  return { value: text.slice(start, end), end, lines: 0 };
}

function quoted(text: string, start: number, source: string, line: number): Field {
  let end = start + 1;
  for (;;) {
    end = text.indexOf('"', end);
    if (end < 0) throw new CsvError(source, line, "a quoted field is never closed");
    if (text[end + 1] !== '"') break;
    end += 2;
  }
  const raw = text.slice(start + 1, end);
  const lines = raw.split("\n").length - 1;
  end++;
  if (end < text.length && !endsField(text, end)) {
    throw new CsvError(source, line + lines, "text follows a closing quote");
  }
  return { value: raw.replaceAll('""', '"'), end, lines };
}

function endsField(text: string, at: number): boolean {
  const char = text[at];
  return char === "," || char === "\n" || (char === "\r" && text[at + 1] === "\n");
}
