import { expect, test } from "bun:test";
import { Registry } from "prom-client";
import { RequestMetrics } from "./request-metrics.ts";

const registry = new Registry();
registry.setDefaultLabels({ worker: "w" });
const metrics = new RequestMetrics(registry);
metrics.record("/a", "POST", 200, 0.0002);
metrics.record("/a", "POST", 200, 0.0001);
metrics.record("/a", "POST", 422, 9);
metrics.record("/b", "GET", 200, 0.003);
const text = await registry.metrics();
const value = (series: string) =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${series} `))
      ?.split(" ")[1],
  );
const bucket = (le: string) =>
  value(`http_request_duration_seconds_bucket{le="${le}",route="/a",method="POST",worker="w"}`);

test("requests are counted by route, method and status", () => {
  expect(value('http_requests_total{route="/a",method="POST",status="200",worker="w"}')).toBe(2);
  expect(value('http_requests_total{route="/a",method="POST",status="422",worker="w"}')).toBe(1);
  expect(value('http_requests_total{route="/b",method="GET",status="200",worker="w"}')).toBe(1);
});

test("durations are cumulative buckets over all statuses, each bound included", () => {
  expect(["0.0001", "0.00025", "0.0005", "5", "+Inf"].map(bucket)).toEqual([1, 2, 2, 2, 3]);
  expect(value('http_request_duration_seconds_count{route="/a",method="POST",worker="w"}')).toBe(3);
  expect(value('http_request_duration_seconds_sum{route="/a",method="POST",worker="w"}')).toBeCloseTo(
    9.0003,
    9,
  );
});

test("a second scrape has the same values", async () => {
  expect(await registry.metrics()).toBe(text);
});
