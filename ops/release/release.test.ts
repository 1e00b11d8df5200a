// What the commands make of versions, with a history on disk and a runtime in memory that can stop at any step.
import { expect, spyOn, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterwards } from "../host/roll.ts";
import * as types from "../host/types.ts";
import { UserError } from "../settings/fail.ts";
import { settings } from "../settings/project.ts";
import { endPreviews, preview } from "./preview.ts";
import type { Release } from "./release.ts";
import { deploy, endHolds, reload, start } from "./replace.ts";
import { hold, rollback } from "./rollback.ts";
import {
  A,
  B,
  both,
  C,
  command,
  deployed,
  events,
  failure,
  folder,
  inMemory,
  killed,
  machine,
  output,
  renew,
  said,
  states,
  WORKERS,
} from "./test-machine.ts";

inMemory();

import { printVersions, report } from "./versions.ts";

test("deployments go forward and rollbacks back, from what is stored", async () => {
  await command(start);
  await deployed(B);
  await deployed(C);
  machine.steps = [];
  await command((release) => rollback(release, "own", ""));
  expect(machine.replicas).toEqual({ own: both(B), other: both(A) });
  await command((release) => rollback(release, "own", ""));
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(machine.steps).not.toContain("build");
  const last = command((release) => rollback(release, "own", ""));
  expect(last).rejects.toThrow(
    /^no version of own was deployed before a{12}; kept are c{12} \(.*\), b{12} \(.*\), a{12} \(live, .*\): TO=… chooses one$/,
  );
  await last.catch(() => undefined);
  await command((release) => rollback(release, "own", C.slice(0, 4)));
  expect(machine.replicas["own"]).toEqual(both(C));
});

test("a rollback is recorded with the commit of the version that it returns to", async () => {
  const change = { kind: "deploy", worker: "own", previous: "" } as const;
  const [then, now] = ["1".repeat(40), "2".repeat(40)];
  await command(start);
  await command(({ history }) => {
    for (const [version, commit] of [
      [B, then],
      [C, now],
    ] as const)
      history.finish(history.begin([{ ...change, version }], { commit, dirty: false, user: "me" }), "ok");
  });
  machine.replicas["own"] = both(C);
  machine.stored.add(`own ${B}`);
  await command((release) => rollback(release, "own", B));
  expect((await events()).at(-1)).toMatchObject({ kind: "rollback", version: B, commit: then, dirty: false });
});

test("a start keeps what was rolled back and says so; a deployment ends that", async () => {
  await command(start);
  await deployed(B);
  await command((release) => rollback(release, "own", ""));
  machine.replicas = {};
  await command(start);
  expect(machine.replicas).toEqual({ own: both(A), other: both(A) });
  expect(said()).toMatch(/own stays at a{12}, rolled back at .*: make deploy NAME=own deploys the sources/);
  expect(await states()).toEqual({ [A]: "live, held", [B]: "kept" });
  await command((release) => deploy(release, ""));
  expect(await states()).toEqual({ [A]: "kept", [B]: "live" });
});

test("a deployment of the version that was rolled back to ends the hold", async () => {
  await command(start);
  await deployed(B);
  await command((release) => rollback(release, "own", ""));
  await deployed(A);
  expect(await states()).toEqual({ [A]: "live", [B]: "kept" });
});

test("a start whose rolled back version is gone builds the sources and says so", async () => {
  await command(start);
  await deployed(B);
  await command((release) => rollback(release, "own", ""));
  machine.replicas = {};
  machine.stored.delete(`own ${A}`);
  await command(start);
  expect(machine.replicas["own"]).toEqual(both(B));
  expect(said()).toContain(
    `own: ${A}, its version, is no longer kept, or damaged: building the sources instead`,
  );
  expect((await states())[B]).toBe("live");
});

test("with NAME only that worker changes, whatever the sources of others say", async () => {
  await command(start);
  machine.sources["other"] = C;
  await deployed(B);
  expect(machine.replicas).toEqual({ own: both(B), other: both(A) });
});

const refusals: [string, string, string, string | RegExp][] = [
  ["an unknown worker", "onw", "", 'there is no worker "onw"; did you mean own? compose.yaml has own, other'],
  ["no worker, of two", "", "", "NAME=worker is missing; workers are own, other"],
  ["an unknown version", "own", "ffff", /^own has no version ffff; kept are b{12} \(live, .*\), a{12} \(/],
  [
    "three digits",
    "own",
    "bbb",
    /^TO=bbb must be the first 4 to 12 lower-case hex digits of a version; kept are /,
  ],
  ["upper case", "own", "AAAA", /^TO=AAAA must be the first 4 to 12 lower-case hex digits/],
  ["what runs already", "own", "bbbb", /^own runs b{12} already; kept are .*: TO=… chooses one$/],
];
test.each(refusals)("rollback refuses %s in one line and changes nothing", async (_, name, to, message) => {
  await command(start);
  await deployed(B);
  const count = (await events()).length;
  const refused = command((release) => rollback(release, name, to));
  expect(refused).rejects.toThrow(message);
  await refused.catch(() => undefined);
  expect(machine.replicas["own"]).toEqual(both(B));
  expect(await events()).toHaveLength(count);
});

test("rollback refuses a prefix of two versions, and an earlier version that was removed", async () => {
  await command(start);
  const [one, two] = ["bbbbbbbb0000", "bbbbbbbb1111"] as const;
  await deployed(one);
  await deployed(two);
  const ambiguous = command((release) => rollback(release, "own", "bbbb"));
  expect(ambiguous).rejects.toThrow(`TO=bbbb is ambiguous: ${two}, ${one}`);
  await ambiguous.catch(() => undefined);
  machine.stored.delete(`own ${one}`);
  const gone = command((release) => rollback(release, "own", ""));
  expect(gone).rejects.toThrow(`${one}, the earlier version of own, is no longer kept; kept are ${two}`);
  await gone.catch(() => undefined);
});

test("a rollback of a worker that the runtime does not replace says so, and is not recorded", async () => {
  await command(start);
  await deployed(B);
  machine.skipped = "own";
  machine.replicas["own"] = [];
  const refused = command((release) => rollback(release, "own", ""));
  expect(refused).rejects.toThrow("own is not replaced: it does not run, or lacks a secret (make ps)");
  await refused.catch(() => undefined);
  expect((await states())[B]).toBe("live");
});

test("a worker that fails while a start waits for it is neither named nor recorded as replaced", async () => {
  await command(start, WORKERS.slice(1));
  machine.sources["other"] = B;
  const { start: all } = machine.runtime;
  machine.runtime.start = async ({ versions: { own, ...versions }, previews }, replacing) => {
    await all({ versions, previews }, replacing);
    machine.replicas["own"] = both(own ?? ""); // seen running between two of its failures
    await afterwards(() => machine.step("started"));
  };
  machine.failsAt = "started";
  await expect(command(start)).rejects.toThrow(/^it does not start; the replicas of other run b{12}$/);
  expect((await events()).map(({ worker, version }) => [worker, version])).toEqual([
    ["other", A],
    ["other", B],
  ]);
  machine.failsAt = "";
  machine.runtime.start = all;
  await command(start);
  expect(await states()).toEqual({ [A]: "live" });
});

test("a failed deployment is recorded with its reason, and the live version stays", async () => {
  await command(start);
  machine.failsAt = "own 1";
  const failing = deployed(B);
  expect(failing).rejects.toThrow("it does not start");
  await failing.catch(() => undefined);
  expect((await events()).at(-1)).toMatchObject({ version: B, previous: A, outcome: "failed" });
  expect(await states()).toEqual({ [A]: "live", [B]: "failed" });
  const { problem } = await command((release) => report(release, ""));
  expect(problem).toMatch(/^the deployment of b{12} to own at .* by .* failed: it does not start$/);
});

test("a deployment after whose replacements something fails stands, and its command fails", async () => {
  await command(start);
  machine.failsAt = "afterwards";
  const failing = deployed(B);
  expect(failing).rejects.toThrow(`it does not start; the replicas of own run ${B}`);
  await failing.catch(() => undefined);
  machine.failsAt = "";
  expect(await states()).toEqual({ [A]: "kept", [B]: "live" });
  await deployed(B, "other");
  expect(machine.replicas).toEqual({ own: both(B), other: both(B) });
});

/** Of a command that fails. */
test("a version that fails the type check is not kept, one that an event names is", async () => {
  await command(start);
  await deployed(B);
  await deployed(A);
  const check = spyOn(types, "checkTypes").mockImplementation(() => {
    throw new UserError("1 type error");
  });
  try {
    for (const version of [B, C])
      for (const run of [deploy, (release: Release) => preview(release, "own", "")]) {
        machine.sources["own"] = version;
        expect(await failure((release) => run(release, "own"))).toBe("1 type error");
      }
  } finally {
    check.mockRestore();
  }
  expect(await states()).toEqual({ [A]: "live", [B]: "kept" });
});

test("a version that a killed build left is never live: no rollback takes it", async () => {
  await command(start);
  machine.stored.add(`own ${B}`);
  expect(await states()).toEqual({ [A]: "live", [B]: "never live" });
  const message = await failure((release) => rollback(release, "own", "bbbb"));
  expect(message).toMatch(/^b{12} of own was never live or previewed; kept are a{12} \(live, [^)]*\)$/);
  for (const version of ["1", "2", "3"].map((digit) => digit.repeat(12))) {
    machine.failsAt = "own 0";
    await deployed(version).catch(() => undefined);
  }
  machine.failsAt = "";
  await deployed(C);
  expect(await states()).toMatchObject({ [A]: "kept", [C]: "live" });
  expect(machine.stored).not.toContain(`own ${B}`); // three others that were never live are newer
});

test("without a history, what is stored is kept and can be rolled back to", async () => {
  await command(start);
  await deployed(B);
  rmSync(join(folder, "versions.sqlite"));
  expect(await states()).toEqual({ [A]: "kept", [B]: "kept" });
  await command((release) => rollback(release, "own", A));
  await command((release) => deploy(release, "own"));
  expect(await states()).toEqual({ [A]: "kept", [B]: "live" });
});

test("after a deployment that failed and was undone, a rollback goes to the version before the live one", async () => {
  await command(start);
  await deployed(B);
  machine.sources["own"] = C;
  machine.failsAt = "own 1";
  expect(await failure((release) => deploy(release, "own"))).toBe("it does not start");
  machine.failsAt = "";
  await command((release) => rollback(release, "own", ""));
  expect(machine.replicas["own"]).toEqual(both(A));
});

test("a rollback that fails says what is live", async () => {
  await command(start);
  await deployed(B);
  machine.failsAt = "own 1";
  expect(await failure((release) => rollback(release, "own", ""))).toBe(
    `it does not start; own stays at ${B}`,
  );
  machine.undoes = false;
  expect(await failure((release) => rollback(release, "own", ""))).toBe(
    `it does not start; own is not at ${B} in every replica: make rollback NAME=own restores it`,
  );
  machine.failsAt = "";
  await command((release) => rollback(release, "own", ""));
  expect(machine.replicas["own"]).toEqual(both(B));
});

test("a deployment says which versions it changed, and that a hold has ended", async () => {
  await command(start);
  await deployed(B);
  expect(said()).toEndWith(`own is at ${B} (was ${A})`);
  await command((release) => rollback(release, "own", ""));
  output.mockClear();
  await deployed(A);
  expect(said()).toBe(`own was held at ${A}; now it gets its sources again`);
  output.mockClear();
  await deployed(A);
  expect(said()).toBe("");
});

test("the list says whether a command without outcome still runs", async () => {
  await command(start);
  machine.sources["own"] = B;
  await killed("own 0", (release) => deploy(release, "own"));
  const problem = async (runs: boolean) =>
    (await command((release) => report(release, "", () => runs))).problem;
  expect(await problem(true)).toMatch(
    /^the deployment of b{12} to own at .* has not finished: it still runs$/,
  );
  expect(await problem(false)).toMatch(/ was killed: make deploy, or make reload to stay at what is live, /);
});

const stopsEarly: [string, (release: Release) => Promise<void>, string][] = [
  ["a preview of what is live", (release) => preview(release, "own", ""), ""],
  ["an end of no preview", (release) => endPreviews(release, ""), "there is no preview"],
];
test.each(stopsEarly)("%s repairs what a killed command left", async (_, run, message) => {
  await command(start);
  machine.sources["own"] = B;
  await killed("own 1", (release) => deploy(release, "own"));
  machine.sources["own"] = A;
  expect(await failure(run)).toBe(message);
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(said()).toContain("was interrupted: own gets");
});

const next: [string, (release: Release) => Promise<void>, string][] = [
  ["deploy", (release) => deploy(release, ""), B],
  ["start", start, B],
  ["rollback", (release) => rollback(release, "own", ""), A],
  ["reload", reload, A],
  ["a deployment of the other worker", (release) => deploy(release, "other"), A],
];
const points = ["before", "own 0", "own 1", "after"];
for (const point of points)
  test.each(next)(`deploy is killed at "${point}", then: %s`, async (name, run, version) => {
    await command(start);
    machine.sources["own"] = B;
    await killed(point, (release) => deploy(release, "own"));
    const open = (await events()).filter(({ outcome }) => outcome === undefined);
    expect(open).toHaveLength(point === "before" ? 0 : 1);
    if (point === "before" && name === "rollback") return; // nothing was begun: there is no earlier version
    await command(run);
    expect(machine.replicas).toEqual({ own: both(version), other: both(A) });
    expect((await states())[version]).toBe(name === "rollback" ? "live, held" : "live");
    expect((await events()).filter(({ outcome }) => outcome === undefined)).toEqual([]);
    if (open.length === 0) return;
    expect(said()).toMatch(
      RegExp(`the deployment of ${B} to own at .* by .* was interrupted: own gets ${version} now`),
    );
  });

test("a rollback that is killed half-way is finished by the next one to the same version", async () => {
  await command(start);
  await deployed(B);
  await killed("own 1", (release) => rollback(release, "own", ""));
  expect(machine.replicas["own"]).toEqual([A, B]);
  await command((release) => rollback(release, "own", A));
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(await states()).toEqual({ [A]: "live, held", [B]: "kept" });
});

test("a preview runs beside what is live, is replaced, and ends", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "", ""));
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(machine.previews["own"]).toMatchObject({ version: B, sharesData: false });
  expect(Object.keys(machine.previews)).toEqual(["own"]);
  machine.sources["own"] = C;
  await command((release) => preview(release, "own", "live"));
  expect(machine.previews["own"]).toMatchObject({ version: C, sharesData: true });
  expect(await states()).toEqual({ [A]: "live", [B]: "kept", [C]: "preview" });
  await command((release) => endPreviews(release, ""));
  expect(machine.previews).toEqual({});
  const again = command((release) => endPreviews(release, "own"));
  expect(again).rejects.toThrow("own has no preview");
  await again.catch(() => undefined);
});

test("of two previews the one that starts stays, and the failed one is recorded", async () => {
  await command(start);
  machine.sources = { own: B, other: C };
  machine.failsAt = "other";
  const failing = command((release) => preview(release, "", ""));
  expect(failing).rejects.toThrow("it does not start");
  await failing.catch(() => undefined);
  expect(await states("own")).toEqual({ [A]: "live", [B]: "preview" });
  expect(await states("other")).toEqual({ [A]: "live", [C]: "failed" });
  machine.failsAt = "";
  machine.previews = {};
  await deployed(A, "other");
  expect(Object.keys(machine.previews)).toEqual(["own"]);
});

test("the list as a table and as JSON", async () => {
  await command(start);
  await command((release) => printVersions(release, "own", false));
  expect(said()).toMatch(
    /^WORKER +VERSION +WHEN +COMMIT +BY +STATE +REPLICAS +SIZE\nown +a{12} .* live +2 +1 kB$/m,
  );
  expect(said()).toContain("1 version, 1 kB on disk");
  output.mockClear();
  await command((release) => printVersions(release, "own", true));
  expect(JSON.parse(said())).toMatchObject({
    bytes: 1000,
    versions: [{ version: A, state: "live", replicas: 2 }],
  });
});

test("there is nothing to preview where the sources are live", async () => {
  await command(start);
  await command((release) => preview(release, "own", ""));
  expect(machine.previews).toEqual({});
  expect(said()).toContain(`nothing to preview: the sources are what is live (own at ${A})`);
});

test("a deployment of the previewed version ends the preview; one of another worker keeps it", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  await deployed(C, "other");
  expect(machine.previews["own"]?.version).toBe(B);
  await command((release) => deploy(release, "own"));
  expect(machine.previews).toEqual({});
  expect(said()).toContain(`the preview ${B} of own has ended: it is live now`);
  expect(await states()).toEqual({ [A]: "kept", [B]: "live" });
  expect((await events()).at(-1)).toMatchObject({ kind: "preview-end", version: B, outcome: "ok" });
});

test("a start runs a preview again while it has time left, and records its end afterwards", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  machine.previews = {};
  machine.sources["own"] = A;
  await command(start);
  expect(machine.previews["own"]?.version).toBe(B);
  const now = spyOn(Date, "now").mockReturnValue(Date.now() + 25 * 3_600_000);
  try {
    await command(start);
  } finally {
    now.mockRestore();
  }
  expect(machine.previews).toEqual({});
  expect(said()).toContain(`the preview ${B} of own has ended`);
});

test("preview-end removes what is left of a preview whose time is over", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "", ""));
  const now = spyOn(Date, "now").mockReturnValue(Date.now() + 25 * 3_600_000);
  try {
    await command((release) => endPreviews(release, ""));
  } finally {
    now.mockRestore();
  }
  expect(machine.previews).toEqual({});
});

test("a preview that is killed half-way leaves no preview after the next command, and says so", async () => {
  await command(start);
  machine.sources["own"] = B;
  await killed("previewed", (release) => preview(release, "own", ""));
  expect(machine.previews["own"]?.version).toBe(B);
  await command(reload);
  expect(machine.previews).toEqual({});
  expect(said()).toMatch(/the preview of b{12} to own at .* was interrupted: the preview is ended/);
});

test("the last used versions are kept", async () => {
  const before = settings["KEEP_VERSIONS"];
  settings["KEEP_VERSIONS"] = "2";
  try {
    await command(start);
    await deployed(B);
    await deployed(C);
    expect(machine.stored).toEqual(new Set([`own ${B}`, `own ${C}`, `other ${A}`]));
  } finally {
    settings["KEEP_VERSIONS"] = before ?? "";
  }
});

test("without a history, what runs is recorded as live before it is replaced, and is what a rollback returns to", async () => {
  const before = settings["KEEP_VERSIONS"];
  settings["KEEP_VERSIONS"] = "2";
  try {
    for (const run of [(release: Release) => deploy(release, "own"), start]) {
      renew();
      machine.replicas = { own: both(C), other: both(A) };
      for (const version of [A, B, C]) machine.stored.add(`own ${version}`);
      rmSync(join(folder, "versions.sqlite"), { force: true });
      await command(run); // to A
      expect((await events()).filter(({ kind, version }) => kind === "start" && version === C)).toMatchObject(
        [{ worker: "own", previous: "", outcome: "ok", commit: "" }],
      );
      expect(await states()).toEqual({ [A]: "live", [B]: "kept", [C]: "kept" });
      await command((release) => rollback(release, "own", ""));
      expect(machine.replicas["own"]).toEqual(both(C));
    }
  } finally {
    settings["KEEP_VERSIONS"] = before ?? "";
  }
});

test("a start that fails because of a held version names the way out, which works while nothing runs", async () => {
  await command(start);
  await deployed(B);
  await command((release) => rollback(release, "own", ""));
  machine.replicas = {};
  machine.failsAt = "before";
  expect(await failure(start)).toBe("it does not start"); // before a replica of it, such as a port in use
  machine.failsAt = "own 0";
  expect(await failure(start)).toBe(
    "it does not start; own is held by a rollback: make deploy NAME=own, then make start-project, starts its sources",
  );
  machine.failsAt = "";
  await command((release) => endHolds(release, "own"));
  expect(said()).toContain(`own is no longer held at ${A}: make start-project starts its sources`);
  expect(await failure(async (release) => endHolds(release, "own"))).toBe("not running: make start-project");
  expect(machine.replicas).toEqual({});
  await command(start);
  expect(machine.replicas["own"]).toEqual(both(B));
});

test("a rollback while nothing runs chooses what the next start runs", async () => {
  await command(start);
  await deployed(B);
  machine.replicas = {};
  await command((release) => hold(release, "own", ""));
  expect(said()).toContain(`own is held at ${A} until the next make deploy: make start-project starts it`);
  expect(machine.replicas).toEqual({});
  await command(start);
  expect(machine.replicas["own"]).toEqual(both(A));
  expect(await states()).toEqual({ [A]: "live, held", [B]: "kept" });
});

test("preview-end ends what a killed preview left, whether or not another command repaired meanwhile", async () => {
  await command(start);
  machine.sources["own"] = B;
  await killed("previewed", (release) => preview(release, "own", ""));
  await command((release) => endPreviews(release, ""));
  expect(machine.previews).toEqual({});
  machine.previews = { own: { version: B, until: Date.now() + 1e6, sharesData: false } };
  expect(await failure((release) => endPreviews(release, "other"))).toBe("other has no preview");
  machine.previews = { own: { version: B, until: Date.now() + 1e6, sharesData: false } };
  await command((release) => endPreviews(release, "own"));
  expect(machine.previews).toEqual({});
  expect(said()).toContain(`the preview ${B} of own is ended`);
  expect(await failure((release) => endPreviews(release, ""))).toBe("there is no preview");
});

test("a worker that compose.yaml no longer has leaves no version to one of its name that is added later", async () => {
  for (const run of [start, (release: Release) => deploy(release, "")]) {
    renew();
    rmSync(join(folder, "versions.sqlite"), { force: true });
    await command(start);
    await deployed(B);
    await command((release) => rollback(release, "own", ""));
    delete machine.replicas["own"]; // as a start does
    await command(
      run,
      WORKERS.filter(({ name }) => name !== "own"),
    );
    expect([...machine.stored]).toEqual([`other ${A}`]);
    machine.sources["own"] = C;
    await command(start);
    expect(machine.replicas["own"]).toEqual(both(C));
    expect(await states()).toEqual({ [C]: "live" });
    expect(said()).not.toContain("no longer kept");
  }
});

test("previews need a runtime that has them", async () => {
  delete machine.runtime.beside;
  const refused = command((release) => preview(release, "", ""));
  expect(refused).rejects.toThrow("previews need native mode or Compose");
  await refused.catch(() => undefined);
});
