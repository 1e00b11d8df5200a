// Which canary the commands want, and what ends it.
import { afterAll, beforeEach, expect, spyOn, test } from "bun:test";
import type { Route } from "../../gateway/routes.ts";
import * as gatewayRoutes from "../../gateway/routes.ts";
import { begin } from "../../workers/runtime/canary/steps.ts";
import { SETTINGS } from "../../workers/runtime/canary/test-rollout.ts";
import { canary, endCanary, type Given, steps, stepTime } from "./canary.ts";
import { lines, reportCanary } from "./canary-report.ts";
import type { Read } from "./candidate.ts";
import { clientsOf, increase } from "./experiment.ts";
import { endPreviews, preview } from "./preview.ts";
import type { Release } from "./release.ts";
import { start } from "./replace.ts";
import { rollback } from "./rollback.ts";
import { beginRelease, finishRelease, follow } from "./rollout.ts";
import { endShadow, shadow } from "./shadow.ts";
import {
  A,
  B,
  both,
  C,
  command,
  deployed,
  failure,
  inMemory,
  killed,
  machine,
  said,
  states,
} from "./test-machine.ts";

inMemory();

const GIVEN: Given = { from: "own", to: "other", steps: "", time: "", onTimeout: "", agree: "", sample: "" };
const OPTIONS = { steps: "", time: "", onTimeout: "", agree: "", sample: "" };
const SUITABLE = async () => ({ pure: true, paths: ["/x"] });
const routes = spyOn(gatewayRoutes, "readRoutes").mockReturnValue(
  ["own", "other"].map(
    (name) =>
      ({
        name,
        worker: name,
        paths: [`/${name}`, "/x"].map((path) => ({ path, methods: ["GET"] })),
      }) as Route,
  ),
);
afterAll(() => routes.mockRestore());
beforeEach(() => command(start));
const begun = (given: Partial<Given> = {}, read: Read = SUITABLE) =>
  command((release) => canary(release, { ...GIVEN, ...given }, read));
const decide = (outcome: "running" | "passed" | "failed") => {
  const { id = "", steps: all = [] } = machine.canary ?? {};
  machine.decided = { ...begin({ ...SETTINGS, id, steps: all }, 0), outcome };
};

test("a canary runs with a shadow for its step 0 until it is ended, and the shadow with it", async () => {
  await begun({ sample: "50%" });
  expect(machine.canary).toMatchObject({
    from: "own",
    to: "other",
    versions: { stable: A, candidate: A },
    steps: [0, 5, 25, 50, 100],
    stepMs: 1_800_000,
    onTimeout: "hold",
    agree: 0.95,
  });
  expect(machine.shadow).toMatchObject({ from: "own", to: "other", percent: 50 });
  await command(start);
  expect(machine.canary).toBeDefined();
  decide("running");
  expect(await failure((release) => canary(release, GIVEN, SUITABLE))).toBe(
    "a canary of own runs: make canary-abort ends it",
  );
  await command(endCanary);
  expect([machine.canary, machine.shadow]).toEqual([undefined, undefined]);
  expect(said()).toContain("the canary of own is ended at 0 %: own answers all of its clients");
  expect(await failure(endCanary)).toBe("there is no canary");
});

test("a shadow that ran before stays after it", async () => {
  await command((release) =>
    shadow(release, { from: "own", to: "other", sample: "", route: "", noise: "", keep: "" }, SUITABLE),
  );
  const before = machine.shadow;
  await begun();
  await command(endCanary);
  expect(machine.shadow).toEqual(before!);
});

test("another shadow is in the way of step 0 only", async () => {
  const given = { from: "other", to: "own", sample: "", route: "", noise: "", keep: "" };
  await command((release) => shadow(release, given, SUITABLE));
  expect(await failure((release) => canary(release, GIVEN, SUITABLE))).toStartWith(
    "step 0 needs a shadow of own, and that of other runs: make shadow-stop ends it",
  );
  await begun({ steps: "5,100" });
  expect(machine.canary?.steps).toEqual([5, 100]);
});

test("without step 0 where the requests may not be asked twice", async () => {
  await begun({}, async () => ({ pure: false, paths: ["/x"] }));
  expect([machine.canary?.steps, machine.shadow]).toEqual([[5, 25, 50, 100], undefined]);
  expect(said()).toContain("without a shadow, from 5 % on: own is not declared pure");
});

test.each([
  ["a deployment of stable", () => deployed(B), "own has ended"],
  ["a deployment of the candidate", () => deployed(B, "other"), "own has ended"],
])("%s ends it, and its shadow", async (_name, run, line) => {
  await begun();
  await run();
  expect([machine.canary, machine.shadow]).toEqual([undefined, undefined]);
  expect(said()).toContain(line);
});

test("a rollback ends it; the end of another shadow does not", async () => {
  await deployed(B);
  await begun({ steps: "5,100" });
  await command((release) =>
    shadow(release, { from: "own", to: "other", sample: "", route: "", noise: "", keep: "" }, SUITABLE),
  );
  await command(endShadow);
  expect(machine.canary).toBeDefined();
  await command((release) => rollback(release, "own", ""));
  expect(machine.canary).toBeUndefined();
});

test("the end of its preview ends it", async () => {
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  await begun({ from: "", to: B });
  expect(machine.canary).toMatchObject({
    from: "own",
    to: "own",
    preview: B,
    versions: { stable: A, candidate: B },
  });
  await command((release) => endPreviews(release, ""));
  expect(machine.canary).toBeUndefined();
  expect(said()).toContain(`the canary of own has ended: ${A} and ${B} do not both run any more`);
});

test("a canary that cannot start leaves nothing", async () => {
  machine.failsAt = "previewed";
  machine.failures = 1;
  expect(await failure((release) => canary(release, GIVEN, SUITABLE))).toBe("it does not start");
  expect([machine.canary, machine.shadow]).toEqual([undefined, undefined]);
  await command(start);
  expect([machine.canary, machine.shadow]).toEqual([undefined, undefined]);
});

test.each([
  [{ from: "" }, "FROM must be the worker whose clients are shared: make canary FROM=… TO=…"],
  [
    { to: "" },
    "TO must be a worker or 6 to 12 lower-case digits of the version of a preview, for example own, other",
  ],
  [{ steps: "50,5" }, 'STEPS must be ascending shares, at most 10, such as 0,5,25,50,100, not "50,5"'],
  [{ time: "5" }, 'STEP_TIME must be a time up to 168h such as 90s, 30m or 2h, not "5"'],
  [{ onTimeout: "go" }, 'ON_TIMEOUT must be hold or rollback, not "go"'],
])("a canary with %j is refused", async (given, reason) => {
  expect(await failure((release) => canary(release, { ...GIVEN, ...given }, SUITABLE))).toBe(reason);
  expect(machine.canary).toBeUndefined();
});

test("steps and times as given", () => {
  expect(steps("0, 0.5%,100")).toEqual([0, 0.5, 100]);
  for (const text of ["100", "0,100"]) expect(() => steps(text)).toThrow("a share before 100");
  for (const text of ["", "0", "5,5", "1,2,3,4,5,6,7,8,9,10,11", "-5", "5;6"])
    expect(() => steps(text)).toThrow("STEPS");
  expect(["90s", "30m", "2h"].map(stepTime)).toEqual([90_000, 1_800_000, 7_200_000]);
  for (const text of ["", "0s", "5", "1d", "169h"]) expect(() => stepTime(text)).toThrow("STEP_TIME");
});

test("the status says where it is, what it needs, and when its process is missing", async () => {
  await begun();
  const now = Date.now();
  expect(lines(machine.canary!, undefined, now)[1]).toBe("it has not begun: make logs");
  decide("running");
  machine.decided = { ...machine.decided!, since: now - 60_000, looked: now - 45_000, data: false };
  const text = lines(machine.canary!, machine.decided, now).join("\n");
  expect(text).toContain("Prometheus has no counts: nothing is decided");
  expect(text).toContain("its process has not looked for 45 s: make ps, make logs");
  await command((release) => reportCanary(release, true));
  expect(JSON.parse(said().slice(said().indexOf("{\n")))).toMatchObject({
    from: "own",
    share: 0,
    outcome: "running",
  });
});

const finished = (release: Release) => finishRelease(release, "own");
/** make release, up to where the canary decides. */
const released = (name = "own") =>
  command((release) => beginRelease(release, name, OPTIONS, SUITABLE).then(() => undefined));

test("a release that passes makes the preview live, and ends canary, shadow and preview", async () => {
  machine.sources["own"] = B;
  await released();
  expect(machine.canary).toMatchObject({ from: "own", preview: B });
  decide("passed");
  await command(finished);
  expect(machine.replicas["own"]).toEqual(both(B));
  expect([machine.canary, machine.shadow, machine.previews]).toEqual([undefined, undefined, {}]);
  expect(await states()).toMatchObject({ [A]: "kept", [B]: "live" });
  expect(said()).toContain(`released: own is at ${B} (was ${A})`);
});

test("a release that fails leaves what was live, and says why", async () => {
  machine.sources["own"] = B;
  await released();
  decide("failed");
  expect(await failure(finished)).toStartWith(`own stays at ${A}, and the preview is ended: `);
  expect(machine.replicas["own"]).toEqual(both(A));
  expect([machine.canary, machine.shadow, machine.previews]).toEqual([undefined, undefined, {}]);
  expect(await states()).toMatchObject({ [A]: "live", [B]: "kept" });
});

test("the same command goes on with a release; with other sources another one begins", async () => {
  machine.sources["own"] = B;
  await released();
  const { id } = machine.canary!;
  await released();
  expect(machine.canary?.id).toBe(id);
  machine.sources["own"] = C;
  await released();
  expect(machine.canary?.versions).toEqual({ stable: A, candidate: C });
  expect(said()).toContain("the canary of own has ended");
});

test("a release beside another worker's canary is refused before anything is built", async () => {
  await begun({ from: "other", to: "own", steps: "5,100" });
  decide("running");
  machine.sources["own"] = B;
  expect(
    await failure((release) => beginRelease(release, "own", OPTIONS, SUITABLE).then(() => undefined)),
  ).toBe("a canary of other runs: make canary-abort ends it");
  expect(machine.previews).toEqual({});
});

test("a release of what is live is none", async () => {
  await released();
  expect(said()).toContain(`nothing to release: the sources of own are what is live (${A})`);
  expect(machine.canary).toBeUndefined();
});

test("a promotion that is killed is repaired, and goes on with the same command", async () => {
  machine.sources["own"] = B;
  await released();
  decide("passed");
  await killed("own 1", finished);
  await released();
  await command(finished);
  expect(machine.replicas["own"]).toEqual(both(B));
});

test("an increase counts from the start, from 0 after a restart, and all of a counter that is new", () => {
  const values = (...all: [number, string][]) => ({ values: all });
  expect(increase(values([0, "100"], [5, "110"], [10, "5"], [15, "9"]), 0, 5000)).toBe(19);
  expect(increase(values([60, "7"], [65, "9"]), 0, 5000)).toBe(9);
  expect(increase(values(), 0, 5000)).toBe(0);
});

test("clients by the access log: users, or addresses without one", () => {
  const line = (time: string, upstream: string, user: string, client: string) =>
    JSON.stringify({ time, client, user, upstream });
  const log = [
    line("2026-11-27T10:00:00+00:00", "own", "ada", "1"),
    line("2026-11-27T11:00:00+00:00", "own", "ada", "1"),
    line("2026-11-27T11:00:00+00:00", "own", "ada", "2"),
    line("2026-11-27T11:00:00+00:00", "own", "", "2"),
    line("2026-11-27T11:00:00+00:00", "own.canary", "", "2"),
    line("2026-11-27T11:00:00+00:00", "other", "", "3"),
    "no JSON",
  ].join("\n");
  const since = Date.parse("2026-11-27T10:30:00Z");
  expect(clientsOf(log, since, "own", "own.canary")).toEqual({ a: 2, b: 1, both: 1 });
});

test("a start keeps a worker with a canary at its live version, not at the sources, which may be the candidate", async () => {
  machine.sources["own"] = B;
  await released();
  await command(start);
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(machine.canary).toBeDefined();
  expect(said()).toContain(`own stays at ${A} while it has a canary: make release or make canary-abort`);
});

test("an end that is killed is said, and repaired by the same command", async () => {
  await begun({ steps: "5,100" });
  await killed("preview", endCanary);
  expect(await failure(async (release) => reportCanary(release, false))).toBe(
    "the end of the canary of own was interrupted: make canary-abort ends it",
  );
  await command(endCanary);
  expect(machine.canary).toBeUndefined();
  expect(said()).toContain("the canary of own is ended: own answers all of its clients");
  expect(await failure(endCanary)).toBe("there is no canary");
});

test("after an end that was killed any command starts without the canary", async () => {
  await begun({ steps: "5,100" });
  await killed("preview", endCanary);
  await command(start);
  expect(machine.canary).toBeUndefined();
});

test("a release that cannot start its canary leaves no preview, and one with an invalid option none at all", async () => {
  machine.sources["own"] = B;
  const begin = (options: Partial<typeof OPTIONS>, read: Read = SUITABLE) =>
    failure((release) =>
      beginRelease(release, "own", { ...OPTIONS, ...options }, read).then(() => undefined),
    );
  expect(await begin({ steps: "x" })).toStartWith("STEPS must be");
  expect(await begin({ sample: "x" })).toStartWith("SAMPLE must be");
  expect(said()).not.toContain("preview of own");
  const without = async (name: string) => ({ pure: true, paths: [name] });
  expect(await begin({}, without)).toContain("has none of the paths");
  expect([machine.previews, machine.canary]).toEqual([{}, undefined]);
});

test("a release that failed while nobody looked is reported by the same command, not begun anew", async () => {
  machine.sources["own"] = B;
  await released();
  const { id } = machine.canary!;
  decide("failed");
  await released();
  expect(machine.canary?.id).toBe(id);
  await command(follow);
  expect(await failure(finished)).toStartWith(`own stays at ${A}`);
});

test("two releases at once: the second says that the first has ended it", async () => {
  machine.sources["own"] = B;
  await released();
  decide("passed");
  await command(finished);
  await command(follow);
  expect(await failure(finished)).toBe(`another command has ended this release; own is at ${B}`);
});

test("a decided canary's own shadow is not in the way of the next one", async () => {
  await begun();
  decide("failed");
  machine.sources["own"] = B;
  await released();
  expect(machine.shadow).toMatchObject({ from: "own", to: "own", preview: B });
  expect(machine.canary?.shadow).toBe(machine.shadow!.key);
});

test("a release whose replicas do not start leaves what was live, without canary and preview", async () => {
  machine.sources["own"] = B;
  await released();
  decide("passed");
  machine.failsAt = "own 1";
  machine.failures = 1;
  expect(await failure(finished)).toContain("it does not start");
  expect(machine.replicas["own"]).toEqual(both(A));
  expect([machine.canary, machine.shadow, machine.previews]).toEqual([undefined, undefined, {}]);
});

test("a release after an end that was killed begins anew", async () => {
  machine.sources["own"] = B;
  await released();
  const { id } = machine.canary!;
  await killed("preview", endCanary);
  await released();
  expect(machine.canary?.id).not.toBe(id);
});
