import { EMOTIONS } from "../training/emotions.ts";
import type { CalibrationBin } from "./tables.ts";

const SIZE = 360;
const LEFT = 90;
const TOP = 40;
const GAP = 120;
const FONT = "font-family='system-ui, sans-serif' font-size='11' fill='#222'";

/** Reliability diagram and row-normalised confusion matrix, side by side, as one SVG document. */
export function plot(bins: readonly CalibrationBin[], matrix: readonly (readonly number[])[]): string {
  const width = LEFT + SIZE + GAP + SIZE + 20;
  const height = TOP + SIZE + 90;
  return [
    `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 ${width} ${height}' role='img'>`,
    "<title>Reliability and confusion on the test part</title>",
    `<rect width='${width}' height='${height}' fill='#fff'/>`,
    ...reliabilityPanel(bins),
    ...confusionPanel(matrix, LEFT + SIZE + GAP),
    "</svg>\n",
  ].join("\n");
}

function text(x: number, y: number, anchor: string, content: string, extra = ""): string {
  return `<text x='${x}' y='${y}' text-anchor='${anchor}' ${FONT} ${extra}>${content}</text>`;
}

function reliabilityPanel(bins: readonly CalibrationBin[]): string[] {
  const out = [text(LEFT, TOP - 14, "start", "Reliability: dot area = number of texts", "font-weight='600'")];
  const x = (value: number): number => LEFT + value * SIZE;
  const y = (value: number): number => TOP + SIZE - value * SIZE;
  for (const tick of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    out.push(`<line x1='${x(0)}' x2='${x(1)}' y1='${y(tick)}' y2='${y(tick)}' stroke='#e3e3e3'/>`);
    out.push(text(x(tick), y(0) + 16, "middle", tick.toFixed(1)));
    out.push(text(x(0) - 6, y(tick) + 4, "end", tick.toFixed(1)));
  }
  out.push(
    `<line x1='${x(0)}' y1='${y(0)}' x2='${x(1)}' y2='${y(1)}' stroke='#999' stroke-dasharray='4 4'/>`,
  );
  const largest = Math.max(...bins.map((bin) => bin.count));
  for (const { confidence, accuracy, count } of bins) {
    if (count === 0) continue;
    const radius = 3 + 11 * Math.sqrt(count / largest);
    const place = `cx='${x(confidence).toFixed(1)}' cy='${y(accuracy).toFixed(1)}' r='${radius.toFixed(1)}'`;
    out.push(`<circle ${place} fill='#2b6cb0' fill-opacity='.75'/>`);
  }
  out.push(text(LEFT + SIZE / 2, TOP + SIZE + 40, "middle", "probability of the predicted label"));
  out.push(text(LEFT, TOP + SIZE + 58, "start", "vertical axis: accuracy"));
  return out;
}

function confusionPanel(matrix: readonly (readonly number[])[], left: number): string[] {
  const out = [
    text(left, TOP - 14, "start", "Confusion: rows true, columns predicted, % of row", "font-weight='600'"),
  ];
  const cell = SIZE / EMOTIONS.length;
  for (const [r, row] of matrix.entries()) {
    const total = Math.max(
      row.reduce((sum, n) => sum + n, 0),
      1,
    );
    const middle = TOP + (r + 0.5) * cell;
    out.push(text(left - 6, middle + 4, "end", EMOTIONS[r]!));
    const at = left + (r + 0.5) * cell;
    out.push(
      text(at, TOP + SIZE + 12, "end", EMOTIONS[r]!, `transform='rotate(-50 ${at} ${TOP + SIZE + 12})'`),
    );
    for (const [c, n] of row.entries()) {
      const share = n / total;
      const place = `x='${(left + c * cell).toFixed(1)}' y='${(TOP + r * cell).toFixed(1)}'`;
      const fill = `fill='#2b6cb0' fill-opacity='${share.toFixed(3)}' stroke='#eee'`;
      out.push(`<rect ${place} width='${cell.toFixed(1)}' height='${cell.toFixed(1)}' ${fill}/>`);
      if (share >= 0.1) {
        out.push(text(left + (c + 0.5) * cell, middle + 4, "middle", String(Math.round(100 * share))));
      }
    }
  }
  return out;
}
