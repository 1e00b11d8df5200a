// A latency objective is a bucket of the gateway's histogram: between two buckets nothing can be counted.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../ops/settings/project.ts";
import { duration, mustBe } from "./route-values.ts";

const program = readFileSync(join(ROOT, "monitoring/access-log/gateway.mtail"), "utf8");
const [, listed = ""] = /^histogram gateway_request_duration_seconds .* buckets (.+)$/m.exec(program) ?? [];
/** Seconds. */
const BUCKETS = listed.split(", ").map(Number);

/** Milliseconds. */
const DEFAULT_LATENCY = 250;

/** Seconds: the first bucket of at least twice the objective, for LatencyHigh; undefined above the last one. */
function highBucket(seconds: number): number | undefined {
  return BUCKETS.find((bucket) => bucket >= 2 * seconds);
}

/** Those of whole milliseconds, as a duration in a route's file is, without the last bucket. */
const OBJECTIVES = BUCKETS.filter((bucket) => Number.isInteger(bucket * 1000) && highBucket(bucket));
const text = (seconds: number) => (Number.isInteger(seconds) ? `${seconds}s` : `${seconds * 1000}ms`);

/** Milliseconds. */
export function latency(value: unknown): number {
  const ms = duration(value);
  return OBJECTIVES.includes(ms / 1000) ? ms : mustBe(`one of ${OBJECTIVES.map(text).join(", ")}`, value);
}

/** Seconds: the bucket of the objective, and the one that LatencyHigh compares with. */
export function latencyBuckets(ms = DEFAULT_LATENCY): { objective: number; high: number } {
  const objective = ms / 1000;
  return { objective, high: highBucket(objective) ?? Number.POSITIVE_INFINITY };
}
