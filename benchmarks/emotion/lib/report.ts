import type { Spread } from "../../lib/statistics.ts";
import { byGroup, prices } from "./cpu-tables.ts";
import { goals } from "./goals.ts";
import { cpu, ofBase, over, type Result, rate } from "./measure.ts";
import { fixed, table, whole, withSpread } from "./table.ts";

export interface Figures {
  machine: string;
  method: string;
  priceMethod: string;
  servers: Result[];
  /** v1 with one feature less each. */
  variants: Parameters<typeof prices>[0];
  starts: { name: string; ms: Spread }[];
  /** Empty without a container engine or built images. */
  images: { name: string; size: string }[];
  /** Sentences a second, one at a time in one thread. */
  inference: { ours: number; theirs: number };
}

function load(results: Result[]): string {
  const head = [
    "",
    "requests/s",
    "of v1",
    "p50 ms",
    "p99 ms",
    "CPU µs a request",
    "of v1",
    "RSS (private) MiB",
  ];
  const rows = results.map((result) => [
    result.name,
    withSpread(over(result, rate), whole),
    `${withSpread(ofBase(result, rate), fixed(2))} ×`,
    over(result, ({ p50 }) => p50).median.toFixed(1),
    over(result, ({ p99 }) => p99).median.toFixed(1),
    whole(over(result, cpu).median),
    `${withSpread(ofBase(result, cpu), fixed(2))} ×`,
    result.memory ? `${whole(result.memory.rss)} (${whole(result.memory.private)})` : "–",
  ]);
  return table(head, rows);
}

function sizes(images: Figures["images"]): string {
  if (images.length === 0) return "Image sizes: no container engine here, or no image built.";
  return table(
    ["image", "size"],
    images.map(({ name, size }) => [name, size]),
  );
}

export function document(figures: Figures): string {
  const { machine, method, servers, variants, starts, images, inference } = figures;
  return `<!-- written by make bench -->
# Figures

${machine}. ${method}. Median (minimum–maximum) of the rounds; a ratio or a price is the median (95 % bootstrap interval) of the rounds', each from two measurements directly one after the other; the ratio of v1 to itself is the noise. TLS and access log on, rate limit lifted.
v1, v2, Fastify and Hono with bcrypt authentication, metrics, request log and validation of requests, v1 and v2 also of answers; the original with apr1.

${load(servers)}

${goals(figures)}

## CPU time by group of processes

Medians of the rounds.

${byGroup([...servers, ...variants.map(({ result }) => result)])}

## Prices of features

${figures.priceMethod}.

${prices(variants)}

## Start, inference, sizes

${table(
  ["start to first 200", "ms"],
  starts.map(({ name, ms }) => [name, withSpread(ms, fixed(0))]),
)}

Inference alone, one sentence at a time in one thread: ${whole(inference.ours)} sentences/s, scikit-learn 1.6.1 ${whole(inference.theirs)}.

${sizes(images)}

![requests a second](results.svg)
`;
}
