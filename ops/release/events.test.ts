import { expect, test } from "bun:test";
import {
  changesOf,
  commitOf,
  type Event,
  endOfHold,
  eventBefore,
  failedLast,
  isPinned,
  type Kind,
  liveEvent,
  openPreviews,
  previews,
  removals,
  superfluous,
  wasUsed,
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

/** What is removed of the stored versions of "own". */
const removed = (events: Event[], count: number, versions: string[], ...needed: string[]) =>
  superfluous(stored("own", ...versions), events, {
    count,
    workers: ["own"],
    needed: needed.map((version) => ({ worker: "own", version })),
  }).map(({ version }) => version);

test("the versions that were live last are kept, beside those that are needed", () => {
  const events = history(["deploy", A], ["deploy", B], ["deploy", C], ["deploy", D]);
  expect(removed(events, 2, [A, B, C, D])).toEqual([A, B]);
  expect(removed(events, 2, [A, B, C, D], A)).toEqual([B]);
  expect(removed(events, 4, [A, B, C, D])).toEqual([]);
});

test("what was live until now, and what a rollback returns to, is kept, whatever was previewed or failed since", () => {
  const events = history(
    ["start", A],
    ["deploy", B],
    ["preview", C],
    ["preview-end", C],
    ["preview", D],
    ["deploy", D, { outcome: "failed" }],
  );
  expect(removed(events, 1, [A, B, C, D])).toEqual([]);
  const back = history(["start", A], ["deploy", B], ["deploy", C], ["rollback", B, { returns: 2 }]);
  expect(before(back)?.version).toBe(A);
  expect(removed(back, 1, [A, B, C, D])).toEqual([]); // C was live until now; D is one of those never live
});

test("of the versions never live only the newest three are kept, and they take no place of others", () => {
  const names = Array.from({ length: 6 }, (_, i) => String(i).repeat(12));
  const events = history(
    ["start", A],
    ["deploy", B],
    ...names.map((name): [Kind, string, Partial<Event>] => ["deploy", name, { outcome: "failed" }]),
  );
  expect(removed(events, 2, [A, B, ...names])).toEqual(names.slice(0, 3));
});

test("versions of a lost history stay until enough others were live", () => {
  const lost: [Kind, string][] = ["1", "2", "3"].map((digit) => ["preview-end", digit.repeat(12)]);
  const versions = [...lost.map(([, version]) => version), A, B, C];
  const events = history(...lost, ["start", A], ["deploy", B]);
  expect(removed(events, 2, versions)).toEqual([]);
  const later = [...events, ...history(["deploy", C]).map((event) => ({ ...event, id: 9 }))];
  expect(removed(later, 2, versions)).toEqual([...lost.map(([, version]) => version), A]);
});

test("the end of a hold leaves the version live, and a rollback after it goes back as before", () => {
  const held = history(["start", A], ["deploy", B], ["deploy", C], ["rollback", B, { returns: 2 }]);
  const live = liveEvent(held, "own");
  const end = live && endOfHold(live);
  expect(end).toMatchObject({ kind: "hold-end", version: B, returns: 4 });
  const events = [...held, ...history(["hold-end", B, { returns: 4 }]).map((event) => ({ ...event, id: 5 }))];
  expect(liveEvent(events, "own")?.version).toBe(B);
  expect(isPinned(liveEvent(events, "own"))).toBeFalse();
  expect(before(events)?.version).toBe(A);
});

test("of a worker that compose.yaml no longer has, nothing is live or held", () => {
  const events = history(["start", A], ["deploy", B], ["rollback", A, { returns: 1 }]);
  expect(removals(events, ["own"])).toEqual([]);
  expect(removals(events, ["other"])).toEqual([
    { kind: "hold-end", worker: "own", version: "", previous: A },
  ]);
  const gone = [...events, ...history(["hold-end", ""]).map((event) => ({ ...event, id: 4 }))];
  expect(liveEvent(gone, "own")).toBeUndefined();
  expect(removals(gone, ["other"])).toEqual([]);
  expect(wasUsed(events, { worker: "own", version: B })).toBeTrue();
  expect(wasUsed(gone, { worker: "own", version: B })).toBeFalse();
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
