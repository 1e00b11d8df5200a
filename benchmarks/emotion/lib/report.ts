import type { Spread } from "../../lib/statistics.ts";
import { over, type Result, ratio } from "./measure.ts";

export interface Figures {
  machine: string;
  method: string;
  results: Result[];
  starts: { name: string; ms: Spread }[];
  /** Empty without a container engine or built images. */
  images: { name: string; size: string }[];
  /** Sentences a second, one at a time in one thread. */
  inference: { ours: number; theirs: number };
}

const whole = (n: number) => Math.round(n).toLocaleString("en");
const withSpread = ({ median, min, max }: Spread, show: (n: number) => string) =>
  `${show(median)} (${show(min)}–${show(max)})`;
const fixed = (digits: number) => (n: number) => n.toFixed(digits);
const row = (cells: string[]) => `| ${cells.join(" | ")} |`;

function table(head: string[], rows: string[][]): string {
  return [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");
}

function find(results: Result[], name: string): Result {
  const result = results.find((one) => one.name === name);
  if (!result) throw new Error(`no result ${name}`);
  return result;
}

function load(results: Result[]): string {
  const [bare, original] = [find(results, "bare Bun.serve"), find(results, "original")];
  const head = [
    "",
    "requests/s",
    "of bare Bun",
    "of the original",
    "p50 ms",
    "p99 ms",
    "CPU s / 1,000",
    "RSS (private) MiB",
  ];
  const rows = results.map((result) => [
    result.name,
    withSpread(over(result, "rate"), whole),
    `${ratio(result, bare, "rate").median.toFixed(2)} ×`,
    `${ratio(result, original, "rate").median.toFixed(1)} ×`,
    over(result, "p50").median.toFixed(1),
    over(result, "p99").median.toFixed(1),
    over(result, "cpu").median.toFixed(3),
    result.memory ? `${whole(result.memory.rss)} (${whole(result.memory.private)})` : "–",
  ]);
  return table(head, rows);
}

function goals({ results, starts, inference }: Figures): string {
  const [bare, v1, original] = ["bare Bun.serve", "Fortress v1", "original"].map((name) =>
    find(results, name),
  ) as [Result, Result, Result];
  const compiled = starts[0]?.ms.median ?? Number.NaN;
  const rows: [string, string, boolean][] = [];
  const add = (what: string, value: number, digits: number, holds: boolean, unit = " ×") =>
    rows.push([what, `${value.toFixed(digits)}${unit}`, holds]);
  const ofBare = ratio(v1, bare, "rate").median;
  const ofOriginal = ratio(v1, original, "rate").median;
  const cpu = ratio(original, v1, "cpu").median;
  const speed = inference.ours / inference.theirs;
  add("v1 ≥ 0.85 × bare Bun.serve", ofBare, 2, ofBare >= 0.85);
  add("v1 ≥ 10 × the original", ofOriginal, 1, ofOriginal >= 10);
  add("CPU per 1,000 requests ≤ 1/8 of the original's", 1 / cpu, 3, cpu >= 8);
  add("inference one by one ≥ 100 × scikit-learn's", speed, 0, speed >= 100);
  add("compiled worker start to ready ≤ 60 ms", compiled, 0, compiled <= 60, " ms");
  return table(
    ["goal", "measured", ""],
    rows.map(([what, value, ok]) => [what, value, ok ? "met" : "missed"]),
  );
}

export function document(figures: Figures): string {
  const { machine, method, results, starts, images, inference } = figures;
  const sizes =
    images.length > 0
      ? table(
          ["image", "size"],
          images.map(({ name, size }) => [name, size]),
        )
      : "Image sizes: no container engine here, or no image built.";
  return `<!-- written by make bench -->
# Figures

${machine}. ${method}. Median (minimum–maximum) of the rounds; a ratio is the median of the rounds' ratios. TLS and access log on, rate limit lifted;
Fortress with bcrypt authentication, metrics and request log, the original with apr1.

${load(results)}

${goals(figures)}

${table(
  ["start to first 200", "ms"],
  starts.map(({ name, ms }) => [name, withSpread(ms, fixed(0))]),
)}

Inference alone, one sentence at a time in one thread: ${whole(inference.ours)} sentences/s, scikit-learn 1.6.1 ${whole(inference.theirs)}.

${sizes}

![requests a second](results.svg)
`;
}
