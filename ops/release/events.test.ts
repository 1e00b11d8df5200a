import { expect, test } from "bun:test";
import {
  changesOf,
  commitOf,
  type Event,
  eventBefore,
  failedLast,
  isPinned,
  type Kind,
  liveEvent,
  openPreviews,
  previews,
  superfluous,
} from "./events.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map((digit) => digit.repeat(12)) as [
  string,
  string,
  string,
  string,
];

/** Events of the worker "own", with the version that was live before. */
function history(...steps: [kind: Kind, version: string, more?: Partial<Event>][]): Event[] {
  const events: Event[] = [];
  for (const [i, [kind, version, more]] of steps.entries()) {
    const previous = liveEvent(events, "own")?.version ?? "";
    const common = { reason: "", commit: "", dirty: false, user: "me", outcome: "ok" } as const;
    events.push({ id: i + 1, kind, worker: "own", version, previous, began: i + 1, ...common, ...more });
  }
  return events;
}

const before = (events: Event[]) => eventBefore(events, "own");

test("the live version is that of the last start, deployment or rollback that succeeded", () => {
  const events = history(["start", A], ["deploy", B], ["deploy", C, { outcome: "failed" }], ["preview", D]);
  expect(liveEvent(events, "own")?.version).toBe(B);
  expect(liveEvent(events, "other")).toBeUndefined();
  expect(isPinned(liveEvent(events, "own"))).toBeFalse();
  expect(isPinned(liveEvent([...events, ...history(["rollback", A])], "own"))).toBeTrue();
});

test("rollbacks go further back each time, and end at the first version", () => {
  const events = history(["start", A], ["deploy", B], ["deploy", C]);
  expect(before(events)).toMatchObject({ id: 2, version: B });
  const once = history(["start", A], ["deploy", B], ["deploy", C], ["rollback", B, { returns: 2 }]);
  expect(before(once)).toMatchObject({ id: 1, version: A });
  const twice = [...once, ...history(["rollback", A, { returns: 1 }]).map((event) => ({ ...event, id: 5 }))];
  expect(before(twice)).toBeUndefined();
});

test("after a deployment that followed a rollback, the version that was rolled back to is the earlier one", () => {
  const events = history(["start", A], ["deploy", B], ["rollback", A, { returns: 1 }], ["deploy", C]);
  expect(before(events)).toMatchObject({ id: 1, version: A });
});

test("deployments of the same version count once, and failed ones not at all", () => {
  const again = history(["start", A], ["deploy", B], ["rollback", B], ["deploy", B]);
  expect(before(again)?.version).toBe(A);
  const failed = history(["start", A], ["deploy", B, { outcome: "interrupted" }], ["deploy", C]);
  expect(before(failed)?.version).toBe(A);
});

test("a rollback to a version that no event names goes back to what was live before it", () => {
  expect(before(history(["start", A], ["deploy", B], ["rollback", D]))?.version).toBe(B);
});

test("whether the newest attempt succeeded", () => {
  for (const outcome of ["failed", "interrupted"] as const)
    expect(failedLast(history(["start", A], ["deploy", B, { outcome }]), "own")).toBeTrue();
  expect(failedLast(history(["start", A], ["preview", B, { outcome: "failed" }]), "own")).toBeFalse();
  expect(failedLast([], "own")).toBeFalse();
});

test("a preview is open until its end, and wanted while it has time left", () => {
  const events = history(["start", A], ["preview", B, { until: 100 }], ["preview", C, { until: 200 }]);
  expect(previews(events, 199)).toEqual({ own: { version: C, until: 200, sharesData: false } });
  expect(previews(events, 200)).toEqual({});
  expect(openPreviews(events).map(({ version }) => version)).toEqual([C]);
  expect(openPreviews(history(["preview", B, { until: 9 }], ["preview-end", B]))).toEqual([]);
});

test("only new versions are changes; a deployment also ends a rollback's hold", () => {
  const events = history(["start", A], ["deploy", B], ["rollback", A, { returns: 1 }]);
  expect(changesOf("start", events, { own: A })).toEqual([]);
  expect(changesOf("deploy", events, { own: A }, true)).toMatchObject([{ version: A, previous: A }]);
  expect(changesOf("deploy", events, { own: C, other: D })).toMatchObject([
    { worker: "own", previous: A },
    { worker: "other", previous: "" },
  ]);
});

const stored = (worker: string, ...versions: string[]) =>
  versions.map((version) => ({ worker, version, bytes: 1 }));

test("the versions used last are kept, beside those that are needed", () => {
  const events = history(["deploy", A], ["deploy", B], ["deploy", C], ["deploy", D]);
  const remove = (count: number, needed: { worker: string; version: string }[] = []) =>
    superfluous(stored("own", A, B, C, D), events, { count, workers: ["own"], needed }).map(
      ({ version }) => version,
    );
  expect(remove(2)).toEqual([A, B]);
  expect(remove(2, [{ worker: "own", version: A }])).toEqual([B]);
  expect(remove(4)).toEqual([]);
});

test("a rollback counts as a use", () => {
  const events = history(["deploy", A], ["deploy", B], ["rollback", A]);
  const removed = superfluous(stored("own", A, B), events, { count: 1, workers: ["own"], needed: [] });
  expect(removed.map(({ version }) => version)).toEqual([B]);
});

test("a version that was never live or previewed does not count and is removed", () => {
  const events = history(["deploy", A], ["deploy", B, { outcome: "failed" }], ["preview", C]);
  const removed = superfluous(stored("own", A, B, C, D), events, { count: 2, workers: ["own"], needed: [] });
  expect(removed.map(({ version }) => version)).toEqual([B, D]);
});

test("the commit of a version is the newest that was recorded, whatever became of it", () => {
  const [first, second] = ["1".repeat(40), "2".repeat(40)];
  const events = history(
    ["preview", B, { commit: first }],
    ["deploy", B, { commit: second, dirty: true, outcome: "failed" }],
    ["rollback", B],
    ["preview-end", B, { commit: "3".repeat(40) }],
  );
  expect(commitOf(events, { worker: "own", version: B })).toEqual({ commit: second, dirty: true });
  expect(commitOf(events, { worker: "own", version: A })).toEqual({ commit: "", dirty: false });
});

test("a worker that compose.yaml no longer has keeps only what runs", () => {
  const needed = [{ worker: "gone", version: B }];
  const removed = superfluous(stored("gone", A, B), [], { count: 10, workers: ["own"], needed });
  expect(removed).toEqual(stored("gone", A));
});
