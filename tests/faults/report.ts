// The output of a run: one line per cell, and a table at the end.
import type { Result } from "./cell.ts";

export interface Done extends Result {
  name: string;
  hop: string;
  fault: string;
}

const SHOWN = 6; // reasons of one cell

export function print({ name, requests, wrong }: Done): void {
  if (wrong.length === 0) {
    console.log(`  ok    ${name}: ${requests} requests`);
    return;
  }
  const more = wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more`] : [];
  const lines = [`  FAIL  ${name}: ${requests} requests`, ...wrong.slice(0, SHOWN), ...more];
  console.log([...lines, `bun tests/faults/run.ts "${name}"`].join("\n        "));
}

/** A table of faults by hops: cells/requests/failed cells. */
export function table(done: readonly Done[]): void {
  const hops = [...new Set(done.map(({ hop }) => hop))];
  const widths = hops.map((hop) => Math.max(hop.length, 14) + 2);
  const line = (title: string, fields: string[]) =>
    console.log(title.padEnd(36) + fields.map((field, i) => field.padStart(widths[i] ?? 0)).join(""));
  const sum = (rows: readonly Done[]) => {
    const requests = rows.reduce((n, row) => n + row.requests, 0);
    return rows.length
      ? `${rows.length}/${requests}/${rows.filter(({ wrong }) => wrong.length > 0).length}`
      : "";
  };
  const fields = (rows: readonly Done[]) => hops.map((hop) => sum(rows.filter((row) => row.hop === hop)));
  console.log();
  line("cells/requests/failed", hops);
  for (const fault of new Set(done.map(({ fault }) => fault)))
    line(fault, fields(done.filter((row) => row.fault === fault)));
  line("all", fields(done));
  console.log(`${sum(done)} in all`);
}
