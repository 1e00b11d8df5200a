// From the counters of Prometheus to counts since a step began.
import { expect, test } from "bun:test";
import { count, noEvidence, queries, type Sample } from "./evidence.ts";

const OBJECTIVES = { "/own": 0.025 };
const sample = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({
  metric: { __name__: name, ...labels },
  value: [0, String(value)],
});
const requests = (value: number, status = "200", upstream = "own") =>
  sample("gateway_requests_total", value, { route: "/own", status, upstream });
const START = { seen: {}, counts: noEvidence() };
const step = (before: typeof START, samples: Sample[], isFirst = false) =>
  count(before, samples, OBJECTIVES, isFirst) as typeof START;

test("the values at a step's first look count nothing; later ones by their increase", () => {
  const first = step(START, [requests(100)], true);
  expect(first.counts.stable.requests).toBe(0);
  expect(step(first, [requests(130)]).counts.stable.requests).toBe(30);
});

test("a counter that begins again, as after a restart of the exporter, counts from 0", () => {
  const first = step(START, [requests(100)], true);
  const second = step(first, [requests(110)]);
  expect(step(second, [requests(5)]).counts.stable.requests).toBe(15);
});

test("a counter that was not there before counts from 0, and a missing one keeps its value", () => {
  const first = step(START, [requests(100)], true);
  const second = step(first, [requests(100), requests(7, "200", "own.canary")]);
  expect(second.counts.candidate.requests).toBe(7);
  const third = step(second, []);
  expect(step(third, [requests(101), requests(9, "200", "own.canary")]).counts).toMatchObject({
    stable: { requests: 1 },
    candidate: { requests: 9 },
  });
});

test("errors are statuses of 500 to 599, and what the candidate did not answer; rejected are 4xx but 499", () => {
  const first = step(START, [requests(0)], true);
  const { counts } = step(first, [
    requests(5),
    requests(2, "404"),
    requests(1, "499"),
    requests(3, "503"),
    requests(10, "200", "own.canary"),
    sample("gateway_fallbacks_total", 4, { upstream: "own.canary" }),
  ]);
  expect(counts.stable).toMatchObject({ requests: 11, errors: 3, rejected: 2 });
  expect(counts.candidate).toMatchObject({ requests: 10, errors: 4 });
});

test("slow are those above the bucket of their path's objective, however it is written", () => {
  const labels = { route: "/own", upstream: "own" };
  const name = "gateway_request_duration_seconds";
  for (const le of ["0.025", "0.0250", "2.5e-2"]) {
    const first = step(START, [requests(0)], true);
    const { counts } = step(first, [
      sample(`${name}_count`, 10, labels),
      sample(`${name}_bucket`, 3, { ...labels, le: "0.01" }),
      sample(`${name}_bucket`, 8, { ...labels, le }),
      sample(`${name}_bucket`, 10, { ...labels, le: "+Inf" }),
      sample(`${name}_count`, 99, { ...labels, route: "/unknown" }),
    ]);
    expect(counts.stable).toMatchObject({ timed: 10, slow: 2 });
  }
});

test("a shadow: pairs by label and answer, statuses of both", () => {
  const pairs = (name: string, value: number, against: string, what: string) =>
    sample(`shadow_${name}_total`, value, { against, what });
  const first = step(START, [pairs("pairs", 0, "candidate", "label")], true);
  const { counts } = step(first, [
    pairs("pairs", 50, "candidate", "label"),
    pairs("same", 48, "candidate", "label"),
    pairs("pairs", 5, "stable", "answer"),
    pairs("same", 5, "stable", "answer"),
    sample("shadow_statuses_total", 40, { stable: "2xx", candidate: "2xx" }),
    sample("shadow_statuses_total", 6, { stable: "2xx", candidate: "5xx" }),
    sample("shadow_statuses_total", 4, { stable: "5xx", candidate: "timeout" }),
  ]);
  expect(counts.agreement.label.candidate).toEqual({ pairs: 50, same: 48 });
  expect(counts.agreement.answer.itself).toEqual({ pairs: 5, same: 5 });
  expect(counts.stable).toMatchObject({ requests: 50, errors: 4 });
  expect(counts.candidate).toMatchObject({ requests: 50, errors: 10 });
});

test("a value that is no number is left out", () => {
  const first = step(START, [requests(1)], true);
  expect(step(first, [requests(Number.NaN)]).counts.stable.requests).toBe(0);
});

test("the shadow that counts is that of these versions", () => {
  const sides = { stable: { worker: "own", version: "a" }, candidate: { worker: "other", version: "b" } };
  expect(queries(sides, true)).toContain(
    'shadow_info{worker="own.shadow",stable="own",stable_version="a",candidate="other",candidate_version="b"}',
  );
  expect(queries(sides, false)).toContain('upstream=~"own|own[.]canary"');
});
