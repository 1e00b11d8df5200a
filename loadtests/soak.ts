// A long run at a fixed arrival rate: no errors, no restarts, no memory growth.
// DURATION=10m RATE=8 SLOPE_LIMIT=512 (KiB a minute, least squares after the first fifth of the run).
import { sleep } from "k6";
import { Counter, Rate, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { range, slopePerMinute } from "./lib/prometheus.ts";
import { replicas } from "./lib/replicas.ts";
import { option, steady } from "./lib/settings.ts";
import { type Data, ms, percent, type Row, report, value } from "./lib/summary.ts";
import { ask, common, requireTarget, type Target } from "./lib/target.ts";

const DURATION = __ENV["DURATION"] || "10m";
const RATE = option("RATE", steady);
const SLOPE_LIMIT = option("SLOPE_LIMIT", 512);
const WARM_UP = 0.2; // share of the run in which memory may grow: JIT, caches, pools
const SCRAPE_SECONDS = 5;
const SLOTS = Array.from({ length: replicas() }, (_, slot) => slot);

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
      preAllocatedVUs: 50, // all before the start: k6 drops an iteration when it has to allocate one during the run
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
        [`rss_mib_at_end{slot:${slot}}`, ["max>=0"]], // always true: k6 keeps a submetric only if it has a threshold
      ]),
    ),
  },
};

interface Start {
  target: Target;
  at: number;
  names: string[];
}

/** Finds the replicas in Prometheus; their order gives the slots. */
export function setup(): Start {
  const target = requireTarget();
  const at = Date.now() / 1000;
  const seen = range("process_start_time_seconds", target.worker, at - 2 * SCRAPE_SECONDS, at);
  return { target, at, names: seen.map(({ name }) => name) };
}

export default function soak({ target }: Start): void {
  answered.add(ask(target).status === target.status);
}

export function teardown({ target: { worker }, at, names }: Start): void {
  sleep(SCRAPE_SECONDS); // the last scrape
  const end = Date.now() / 1000;
  for (const series of range("process_resident_memory_bytes", worker, at + (end - at) * WARM_UP, end)) {
    const tags = { slot: String(names.indexOf(series.name)) };
    measured.add(1);
    slope.add(slopePerMinute(series) / 1024, tags);
    memory.add((series.points.at(-1)?.[1] ?? 0) / 2 ** 20, tags);
  }
  for (const { points } of range("process_start_time_seconds", worker, at, end)) {
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
