// The counters of the sample log agree with each other.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

test("every request is in a bucket of the durations, also one of less than a millisecond", () => {
  const metrics = readFileSync(join(import.meta.dir, "sample.metrics"), "utf8");
  const durations = (suffix: string, label = "") =>
    new Map(
      [...metrics.matchAll(/^gateway_request_duration_seconds_(\w+)\{(.*)\} (\d+)$/gm)]
        .filter(([, name, labels = ""]) => name === suffix && labels.endsWith(label))
        .map(([, , labels = "", value]) => [labels.slice(0, labels.length - label.length), value]),
    );
  const counts = durations("count");
  expect(counts.size).toBeGreaterThan(2);
  expect(durations("bucket", ',le="+Inf"')).toEqual(counts);
});
