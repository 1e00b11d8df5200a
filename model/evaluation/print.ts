import { LABELS } from "../labels.ts";
import type { Metrics } from "./metrics.ts";
import type { Report } from "./report.ts";

const COLUMNS = ["accuracy", "macroF1", "top3", "logLoss", "ece"] as const;

/** The report as text for a terminal. */
export function printReport(report: Report): string {
  const row = (name: string, metrics: Metrics): string =>
    name.padEnd(12) + COLUMNS.map((key) => metrics[key].toFixed(4).padStart(17)).join("");
  const interval = (key: keyof Metrics): string =>
    `${report.intervals[key][0].toFixed(4)}–${report.intervals[key][1].toFixed(4)}`.padStart(17);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  return [
    `${report.test} test tweets; artifact ${report.artifact.slice(0, 12)}`,
    "",
    "".padEnd(12) + COLUMNS.map((key) => key.padStart(17)).join(""),
    row("model", report.metrics),
    "  95 %".padEnd(12) + COLUMNS.map(interval).join(""),
    row("reference", report.baselines.reference),
    row("majority", report.baselines.majority),
    "",
    ...Object.entries(report.polarity).map(
      ([kind, { texts, model, sentiment }]) =>
        `polarity of ${texts} ${kind} with a sign: model ${percent(model)}, sentiment alone ${percent(sentiment)}`,
    ),
    "",
    `${"label".padEnd(12)}precision   recall       F1  support`,
    ...report.perLabel.map(
      ({ label, precision, recall, f1, support }) =>
        label.padEnd(12) +
        [precision, recall, f1].map((value) => value.toFixed(3).padStart(9)).join("") +
        String(support).padStart(9),
    ),
    "",
    "confusion, rows true, columns predicted",
    " ".repeat(12) + LABELS.map((label) => label.slice(0, 6).padStart(7)).join(""),
    ...report.confusion.map(
      (cells, k) => LABELS[k]!.padEnd(12) + cells.map((n) => String(n).padStart(7)).join(""),
    ),
  ].join("\n");
}
