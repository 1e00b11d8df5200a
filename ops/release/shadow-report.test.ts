import { expect, test } from "bun:test";
import type { Counts, Report } from "../../workers/runtime/shadow/contract.ts";
import type { Shadow } from "../host/versions.ts";
import { findings } from "./shadow-findings.ts";
import { lines } from "./shadow-report.ts";

const SHADOW: Shadow = { from: "one", to: "two", percent: 10, noise: 0.1, keep: 0, keepUntil: 0, key: "k" };
const NOTHING: Counts = {
  received: 0,
  compared: 0,
  dropped: { forgotten: 0, queue: 0, waited: 0 },
  skipped: { large: 0, type: 0, body: 0, version: 0, impure: 0, failed: 0 },
  labels: { pairs: 0, same: 0 },
  answers: { pairs: 0, same: 0 },
  noise: { labels: { pairs: 0, same: 0 }, answers: { pairs: 0, same: 0 } },
  statuses: [],
  matrix: [],
  numbers: [],
  distributions: [],
  texts: [],
  shapes: [],
  latencies: { pairs: 0 },
};

function report(counts: Partial<Counts>, more: Partial<Report> = {}): Report {
  return {
    since: 0,
    stable: { worker: "one", version: "1".repeat(12) },
    candidate: { worker: "two", version: "2".repeat(12) },
    noise: 0.1,
    waiting: 0,
    impure: [],
    counts: { ...NOTHING, ...counts },
    kept: [],
    ...more,
  };
}
const sentence = (counts: Partial<Counts>, more: Partial<Report> = {}) =>
  findings(report(counts, more)).sentence;

const LABELS = {
  received: 5000,
  compared: 5000,
  labels: { pairs: 5000, same: 4900 },
  answers: { pairs: 5000, same: 4000 },
  noise: { labels: { pairs: 500, same: 500 }, answers: { pairs: 500, same: 490 } },
  latencies: { pairs: 500, p50: 1.3, p95: 4, median: [1.14, 1.52] as [number, number] },
};

test("one sentence says what the counts mean", () => {
  expect(sentence(LABELS)).toBe(
    "two gives the same label in 98 % (97.6 to 98.4) of 5,000 pairs; the same whole answer in 80 % (78.9 to 81.1); one against itself 100 % (99.3 to 100); 1.30 ms slower at the median (+1.1 ms to +1.5 ms)",
  );
  const timed = (latencies: Counts["latencies"]) => sentence({ ...LABELS, latencies });
  expect(timed({ pairs: 9, p50: -12.3, p95: 0, median: [-13, -11] })).toEndWith(
    "; 12 ms faster at the median (-13 ms to -11 ms)",
  );
  expect(timed({ pairs: 9, p50: 2, p95: 9, median: [-0.5, 4] })).toEndWith(
    "; no difference in time shown (-0.5 ms to +4 ms at the median)",
  );
  expect(timed({ pairs: 1, p50: 2, p95: 2 })).toEndWith("; too few pairs for a difference in time");
  expect(findings(report(LABELS, { impure: ["two"] })).sentence).toBe(
    "nothing is asked: two is not declared pure any more",
  );
});

test("without labels it is about answers, and of one worker's versions it names these", () => {
  const counts = { ...LABELS, labels: NOTHING.labels, noise: { ...LABELS.noise, answers: NOTHING.answers } };
  const same = { candidate: { worker: "one", version: "2".repeat(12) } };
  expect(sentence(counts, same)).toBe(
    "one 222222222222 gives the same answer in 80 % (78.9 to 81.1) of 5,000 pairs; one 111111111111 was not asked twice yet; 1.30 ms slower at the median (+1.1 ms to +1.5 ms)",
  );
});

test("a share below 1 is never shown as 100 %", () => {
  const labels = { pairs: 1_000_000, same: 999_999 };
  expect(sentence({ ...LABELS, labels })).toContain("the same label in 99.9+ % (99.9+ to 99.9+)");
});

test("what is missing is said", () => {
  expect(sentence({})).toBe("no request of the sample came yet");
  expect(sentence({ received: 3, dropped: { forgotten: 0, queue: 3, waited: 0 } })).toBe(
    "no pair of answers yet: 0 of 3 requests compared",
  );
  expect(
    sentence({ ...LABELS, received: 6000, dropped: { forgotten: 1000, queue: 0, waited: 0 } }),
  ).toEndWith("; 16.7 % of the sample was dropped, so the pairs may not be like the others");
});

test("what remains is the disagreement beyond that of the live version with itself", () => {
  const { remaining } = findings(report(LABELS));
  expect([remaining.share, remaining.low, remaining.high].map((each) => each.toFixed(4))).toEqual([
    "0.0200",
    "0.0118",
    "0.0243",
  ]);
});

test("the report has each part that has counts, and nothing that a terminal acts on", () => {
  const text = lines(
    report(
      {
        ...LABELS,
        skipped: { large: 2, type: 0, body: 0, version: 0, impure: 0, failed: 0 },
        statuses: [{ stable: "2xx", candidate: "timeout", pairs: 4 }],
        matrix: [
          { path: "label", stable: "joy", candidate: "joy", values: 4900 },
          { path: "label", stable: "joy", candidate: "\u001b[2Janger", values: 100 },
        ],
        numbers: [
          { path: "score", values: 10, beyond: 1, sum: 5, maximum: 2 },
          { path: "lost", values: 1, beyond: 1, sum: 1, maximum: null as unknown as number }, // JSON has no Infinity
        ],
        distributions: [{ path: "odds", values: 10, sum: 0.1, maximum: 0.05 }],
        texts: [
          { path: "note", pairs: 10, same: 9 },
          { path: "name", pairs: 10, same: 10 },
        ],
        shapes: [{ path: "more", what: "extra", pairs: 10 }],
      },
      {
        waiting: 7,
        kept: [
          {
            at: 0,
            distance: 3,
            method: "POST",
            target: "/x",
            body: "{}",
            differs: ["label joy -> anger", "score by 0.500"],
            stable: { status: 200, type: "", text: "a" },
            candidate: { status: 200, type: "", text: "b\u001b[31m" },
          },
        ],
      },
    ),
    { ...SHADOW, path: "/x" },
  ).join("\n");
  for (const part of [
    "10 % of its requests to /x, also asked of two (222222222222)",
    "5,000 received, 5,000 compared, 0 dropped, 2 skipped (large 2), 7 waiting to be compared",
    "2xx -> timeout  4",
    "label: rows one, columns two",
    "score      10  0.500     2.00                 1",
    "lost        1   1.00        -                 1",
    "label    2   1.18 to 2.43",
    "answer  18     16 to 19.5",
    "odds      10  0.0100   0.0500",
    "note  1  of 10",
    "more  extra  10",
    "p95 4.00 ms slower, of 500 pairs",
    "POST /x {}",
    "differs    label joy -> anger; score by 0.500",
  ])
    expect(text).toContain(part);
  expect(text).not.toContain("name  ");
  expect(text).not.toContain("\u001b");
});
