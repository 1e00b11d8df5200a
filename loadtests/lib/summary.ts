type Values = Record<string, number>;

/** The part of handleSummary's data that is read here. */
export interface Data {
  metrics: Record<string, { values: Values; thresholds?: Record<string, { ok: boolean }> }>;
  state: { testRunDurationMs: number };
}

export function value(data: Data, metric: string, statistic: string): number {
  return data.metrics[metric]?.values[statistic] ?? 0;
}

/** A line of the table. */
export type Row = [what: string, measured: string];

interface Verdict {
  threshold: string;
  ok: boolean;
}

function verdicts(data: Data): Verdict[] {
  return Object.entries(data.metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([rule, { ok }]) => ({ threshold: `${metric}: ${rule}`, ok })),
  );
}

/** A table on stdout, and the same as JSON in SUMMARY_FILE, which make loadtest reads. */
export function report(name: string, data: Data, rows: Row[]): Record<string, string> {
  if (value(data, "iterations", "count") === 0) return {}; // setup() failed and printed the reason
  const rules = verdicts(data).filter(({ threshold }) => !threshold.endsWith(">=0"));
  const ok = rules.every((rule) => rule.ok);
  const width = Math.max(
    ...rows.map(([what]) => what.length),
    ...rules.map(({ threshold }) => threshold.length),
  );
  const lines = [
    `${name}: ${ok ? "passed" : "FAILED"} (${(data.state.testRunDurationMs / 1000).toFixed(0)} s)`,
    ...rows.map(([what, measured]) => `        ${what.padEnd(width)}  ${measured}`),
    ...rules.map((rule) => `  ${rule.ok ? "ok  " : "FAIL"}  ${rule.threshold}`),
  ];
  const files: Record<string, string> = { stdout: `\n${lines.join("\n")}\n` };
  const path = __ENV["SUMMARY_FILE"];
  if (path) files[path] = JSON.stringify({ name, ok, rows, rules }, null, 2);
  return files;
}

export const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
export const ms = (value: number): string => `${value.toFixed(1)} ms`;
