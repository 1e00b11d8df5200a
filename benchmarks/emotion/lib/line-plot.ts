import type { Spread } from "../../lib/statistics.ts";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [340, 240, 52, 28, 34, 44];

export interface Line {
  title: string;
  x: string;
  y: string;
  points: { x: number; y: Spread }[];
}

/** A line through the medians with whiskers from minimum to maximum; x is logarithmic, y begins at 0. */
function panel({ title, x, y, points }: Line, left: number, top: number): string {
  const sizes = points.map((point) => Math.log(point.x));
  const [first, last] = [Math.min(...sizes), Math.max(...sizes)];
  const highest = Math.max(...points.map((point) => point.y.max));
  const atX = (size: number) =>
    LEFT + ((Math.log(size) - first) / (last - first || 1)) * (WIDTH - LEFT - RIGHT);
  const atY = (value: number) => HEIGHT - BOTTOM - (value / highest) * (HEIGHT - TOP - BOTTOM);
  const place = (n: number) => n.toFixed(1);
  const marks = points.map(({ x: size, y: { median, min, max } }) => {
    const [px, low, high] = [place(atX(size)), place(atY(min)), place(atY(max))];
    return `<path d="M${px} ${low}V${high}" stroke="#1e293b"/><circle cx="${px}" cy="${place(atY(median))}" r="3" fill="#c2410c"/>
<text x="${px}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${size.toLocaleString("en")}</text>`;
  });
  const path = points.map((point) => `${place(atX(point.x))} ${place(atY(point.y.median))}`).join("L");
  return `<g transform="translate(${left} ${top})">
<text x="${LEFT}" y="20" font-weight="bold">${title}</text>
<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#94a3b8"/>
<text x="${LEFT - 6}" y="${TOP + 4}" text-anchor="end">${Number(highest.toPrecision(2)).toLocaleString("en")}</text>
<text x="${LEFT - 6}" y="${HEIGHT - BOTTOM + 4}" text-anchor="end">0</text>
<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${x}</text>
<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${y}</text>
<path d="M${path}" fill="none" stroke="#c2410c"/>
${marks.join("\n")}
</g>`;
}

/** Plots, two in a row. */
export function linePlots(lines: Line[]): string {
  const height = Math.ceil(lines.length / 2) * HEIGHT;
  const panels = lines.map((line, i) => panel(line, (i % 2) * WIDTH, Math.floor(i / 2) * HEIGHT));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1e293b">
<rect width="${2 * WIDTH}" height="${height}" fill="#fff"/>
${panels.join("\n")}
</svg>
`;
}
