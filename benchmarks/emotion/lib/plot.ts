import { cpu, over, rate as rateOf } from "./measure.ts";
import type { Figures } from "./report.ts";

const [WIDTH, ROW, LEFT, RIGHT] = [720, 34, 180, 170];

/** Bars of the median rate with whiskers from minimum to maximum, and the CPU time as text. */
export function plot({ servers: results }: Figures): string {
  const longest = Math.max(...results.map((result) => over(result, rateOf).max));
  const x = (rate: number) => (LEFT + ((WIDTH - LEFT - RIGHT) * rate) / longest).toFixed(1);
  const bars = results.map((result, i) => {
    const { median, min, max } = over(result, rateOf);
    const y = 40 + i * ROW;
    const ours = result.name.startsWith("Fortress");
    const label = `${Math.round(median).toLocaleString("en")}/s, ${Math.round(over(result, cpu).median)} µs`;
    return `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${result.name}</text>
<rect x="${LEFT}" y="${y}" width="${(Number(x(median)) - LEFT).toFixed(1)}" height="20" fill="${ours ? "#c2410c" : "#94a3b8"}"/>
<path d="M${x(min)} ${y + 10}H${x(max)}M${x(min)} ${y + 6}v8M${x(max)} ${y + 6}v8" stroke="#1e293b"/>
<text x="${Number(x(max)) + 8}" y="${y + 14}">${label}</text>`;
  });
  const height = 52 + results.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#1e293b">
<rect width="${WIDTH}" height="${height}" fill="#fff"/>
<text x="${LEFT}" y="22" font-weight="bold">Requests a second through the same nginx, and CPU time a request</text>
${bars.join("\n")}
</svg>
`;
}
