import { EMOTIONS } from "../training/emotions.ts";
import type { Metrics } from "./metrics.ts";
import type { Report } from "./report.ts";

const COLUMNS = ["accuracy", "macroF1", "top3", "logLoss", "ece"] as const;
type Row = Record<string, string | number>;

/** The report as text for a terminal. */
export function printReport(report: Report): string {
  const row = (cell: (key: keyof Metrics) => string): Row =>
    Object.fromEntries(COLUMNS.map((key) => [key, cell(key)]));
  const metrics = (of: Metrics): Row => row((key) => of[key].toFixed(4));
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const labels = report.perLabel.map(({ label, precision, recall, f1, support }): [string, Row] => [
    label,
    { precision: precision.toFixed(3), recall: recall.toFixed(3), F1: f1.toFixed(3), support },
  ]);
  const confusion = report.confusion.map((cells, k): [string, Row] => [
    EMOTIONS[k]!,
    Object.fromEntries(EMOTIONS.map((label, at) => [label.slice(0, 6), cells[at]!])),
  ]);
  return [
    `${report.test} test tweets; artifact ${report.artifact.slice(0, 12)}`,
    Bun.inspect.table({
      model: metrics(report.metrics),
      "95 %": row((key) => report.intervals[key].map((bound) => bound.toFixed(4)).join("–")),
      reference: metrics(report.baselines.reference),
      majority: metrics(report.baselines.majority),
    }),
    ...Object.entries(report.polarity).map(
      ([kind, { texts, model, sentiment }]) =>
        `polarity of ${texts} ${kind} with a sign: model ${percent(model)}, sentiment alone ${percent(sentiment)}`,
    ),
    Bun.inspect.table(Object.fromEntries(labels)),
    "confusion, rows true, columns predicted",
    Bun.inspect.table(Object.fromEntries(confusion)),
  ].join("\n");
}
