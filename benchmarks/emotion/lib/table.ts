import type { Spread } from "../../lib/statistics.ts";

export const whole = (n: number) => Math.round(n).toLocaleString("en");
export const fixed = (digits: number) => (n: number) => n.toFixed(digits);

export const withSpread = ({ median, min, max }: Spread, show: (n: number) => string) =>
  `${show(median)} (${show(min)}–${show(max)})`;

const row = (cells: string[]) => `| ${cells.join(" | ")} |`;

/** In Markdown. */
export function table(head: string[], rows: string[][]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}
