// A long run at a fixed arrival rate: no errors, no restarts, and memory that does not climb.
// DURATION=10m RATE=8 SLOPE_LIMIT=512 (KiB a minute, by least squares after the first fifth of the run).
import { sleep } from "k6";
import { Counter, Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { range, slopePerMinute } from "./lib/prometheus.ts";
import { replicas } from "./lib/replicas.ts";
import { option, steady } from "./lib/settings.ts";
import { type Data, ms, percent, type Row, report, value } from "./lib/summary.ts";
import { common, predict, requireTarget, sentence } from "./lib/target.ts";

const DURATION = __ENV["DURATION"] || "10m";
const RATE = option("RATE", steady);
const SLOPE_LIMIT = option("SLOPE_LIMIT", 512);
const WARM_UP = 0.2; // part of the run in which memory may still grow: JIT, caches, pools
const SCRAPE_SECONDS = 5;
const SLOTS = Array.from({ length: replicas("api-v1") + replicas("api-v2") }, (_, slot) => slot);

const answered = new Rate("answered");
const restarts = new Counter("restarts");
const measured = new Counter("replicas_measured");
const slope = new Trend("rss_slope_kib_per_minute");
const memory = new Trend("rss_mib_at_end");

export const options: Options = {
  ...common,
  scenarios: {
    soak: {
      executor: "constant-arrival-rate",
      startTime: "2s",
      duration: DURATION,
      rate: RATE,
      preAllocatedVUs: 50, // all of them before the start: one made in a hurry costs k6 an iteration
    },
  },
  thresholds: {
    answered: ["rate==1"],
    restarts: ["count==0"],
    replicas_measured: [`count==${SLOTS.length}`],
    dropped_iterations: ["count==0"],
    http_req_duration: ["p(99)<250"],
    ...Object.fromEntries(
      SLOTS.flatMap((slot) => [
        [`rss_slope_kib_per_minute{slot:${slot}}`, [`max<${SLOPE_LIMIT}`]],
        [`rss_mib_at_end{slot:${slot}}`, ["max>=0"]], // only so that k6 keeps the figure
      ]),
    ),
  },
};

interface Start {
  at: number;
  names: string[];
}

/** Names the replicas that Prometheus knows; they are the slots of the figures. */
export function setup(): Start {
  requireTarget();
  const at = Date.now() / 1000;
  return {
    at,
    names: range("process_start_time_seconds", at - 2 * SCRAPE_SECONDS, at).map(({ name }) => name),
  };
}

export default function soak(): void {
  const group: Record<string, string> = __ITER % 4 === 0 ? { "X-Experiment-Group": "debug" } : {};
  answered.add(predict(sentence(__ITER), group).status === 200);
}

export function teardown({ at, names }: Start): void {
  sleep(SCRAPE_SECONDS); // the last scrape
  const end = Date.now() / 1000;
  for (const series of range("process_resident_memory_bytes", at + (end - at) * WARM_UP, end)) {
    const tags = { slot: String(names.indexOf(series.name)) };
    measured.add(1);
    slope.add(slopePerMinute(series) / 1024, tags);
    memory.add((series.points.at(-1)?.[1] ?? 0) / 2 ** 20, tags);
  }
  for (const { points } of range("process_start_time_seconds", at, end)) {
    restarts.add(new Set(points.map(([, started]) => started)).size - 1);
  }
}

export function handleSummary(data: Data & { setup_data?: Start }): Record<string, string> {
  const names = data.setup_data?.names ?? [];
  const rows = SLOTS.map((slot): Row => {
    const kib = value(data, `rss_slope_kib_per_minute{slot:${slot}}`, "avg");
    const mib = value(data, `rss_mib_at_end{slot:${slot}}`, "avg");
    return [
      `${names[slot] ?? "no replica"}: memory`,
      `${kib.toFixed(0)} KiB/min, ${mib.toFixed(1)} MiB at the end`,
    ];
  });
  return report("soak", data, [
    [`answered at ${RATE}/s for ${DURATION}`, percent(value(data, "answered", "rate"))],
    ["requests", `${value(data, "iterations", "count")}`],
    [
      "p50, p99",
      `${ms(value(data, "http_req_duration", "med"))}, ${ms(value(data, "http_req_duration", "p(99)"))}`,
    ],
    ...rows,
  ]);
}
