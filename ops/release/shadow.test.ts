// Which shadow the commands want.
import { afterAll, expect, spyOn, test } from "bun:test";
import type { Route } from "../../gateway/routes.ts";
import * as gatewayRoutes from "../../gateway/routes.ts";
import { Tally } from "../../workers/runtime/shadow/tally.ts";
import { endPreviews, preview } from "./preview.ts";
import type { Release } from "./release.ts";
import { start } from "./replace.ts";
import { rollback } from "./rollback.ts";
import { endShadow, type Given, reportShadow, shadow } from "./shadow.ts";
import { A, B, C, command, deployed, failure, inMemory, killed, machine, said } from "./test-machine.ts";

inMemory();

const GIVEN: Given = { from: "own", to: "other", sample: "", route: "", noise: "", keep: "" };
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
const shadowed = (given: Partial<Given> = {}, read = SUITABLE) =>
  command((release) => shadow(release, { ...GIVEN, ...given }, read));

test("a shadow runs through starts, deployments and rollbacks, until it is ended", async () => {
  await command(start);
  await shadowed({ sample: "2.5%", route: "/own", keep: "3" });
  const first = machine.shadow;
  expect(first).toMatchObject({ from: "own", to: "other", percent: 2.5, path: "/own", noise: 0.1, keep: 3 });
  expect(first?.key.length).toBeGreaterThan(40);
  for (const run of [
    () => deployed(B),
    () => command((release) => rollback(release, "own", "")),
    () => command(start),
  ]) {
    delete machine.shadow;
    await run();
    expect(machine).toHaveProperty("shadow", first);
  }
  await command(endShadow);
  expect(machine.shadow).toBeUndefined();
  await command(start);
  expect(machine.shadow).toBeUndefined();
  expect(await failure(endShadow)).toBe("there is no shadow");
});

test("what is not given stays as it is, with the same key; another candidate has the defaults and another key", async () => {
  await command(start);
  await shadowed({ sample: "2.5%", route: "/own", noise: "50%" });
  const first = machine.shadow;
  await shadowed({ from: "", to: "", sample: "7%" });
  expect(machine.shadow).toEqual({ ...first!, percent: 7 });
  await shadowed({ from: "", to: "", route: "/*" });
  expect(machine.shadow).toMatchObject({ percent: 7, noise: 0.5 });
  expect(machine.shadow?.path).toBeUndefined();
  await shadowed({ to: "own" });
  expect(machine.shadow).toMatchObject({ percent: 10, noise: 0.1, keep: 0 });
  expect(machine.shadow?.key).not.toBe(first!.key);
});

test("a preview is the candidate by the digits of its version; its end is that of the shadow", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  await shadowed({ from: "", to: B.slice(0, 6) });
  expect(machine.shadow).toMatchObject({ from: "own", to: "own", preview: B });
  await command((release) => endPreviews(release, ""));
  expect(machine.shadow).toBeUndefined();
  expect(await failure((release) => reportShadow(release, true))).toBe(
    "there is no shadow: make shadow FROM=… TO=…",
  );
  machine.sources["own"] = C;
  await command((release) => preview(release, "own", ""));
  await shadowed({ from: "", to: C.slice(0, 6) });
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  expect(machine.shadow).toBeUndefined(); // another version is another candidate
});

test("what ends a shadow, or begins its counts again, says what it found", async () => {
  await command(start);
  await shadowed();
  const sides = { stable: { worker: "own", version: A }, candidate: { worker: "other", version: A } };
  const counts = { ...new Tally().counts(), received: 10 };
  machine.found = { ...sides, since: 0, noise: 0.1, waiting: 0, impure: [], counts, kept: [] };
  const result = "until now: no pair of answers yet: 0 of 10 requests compared";
  await deployed(B);
  expect(said()).toContain(`the counts of the shadow of own begin again; ${result}`);
  await shadowed({ to: "own" });
  expect(said()).toContain(`the counts of the shadow of own have ended; ${result}`);
  await command(endShadow);
  expect(said()).toContain(`the shadow of own is ended; ${result}`);
});

test("a deployment of the preview that is shadowed ends the shadow, unless it fails", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  await shadowed({ from: "", to: B });
  const running = machine.shadow;
  machine.failsAt = "own 1";
  await deployed(B).catch(() => undefined);
  expect(machine.shadow).toEqual(running!);
  machine.failsAt = "";
  await deployed(B);
  expect(said()).toContain(`the shadow of own has ended: the preview ${B} of own is live now`);
  expect(said().match(/the shadow of own has ended/g)).toHaveLength(1);
  expect(machine.shadow).toBeUndefined();
});

test.each([
  [1, "leaves the one before"],
  [2, "ends the one before if that does not start either"],
])("a shadow that fails %d times %s", async (failures) => {
  await command(start);
  await shadowed();
  const before = machine.shadow;
  machine.failsAt = "preview";
  machine.failures = failures;
  expect(await failure((release) => shadow(release, { ...GIVEN, to: "own" }, SUITABLE))).toBe(
    "it does not start",
  );
  if (failures === 1) expect(machine.shadow).toEqual(before!);
  await command(start);
  expect(machine.shadow).toEqual(failures === 1 ? before! : undefined);
});

test("a shadow whose command is killed runs after the next command", async () => {
  await command(start);
  await killed("preview", (release) => shadow(release, GIVEN, SUITABLE));
  await command(start);
  expect(machine.shadow).toMatchObject({ from: "own", to: "other" });
});

test.each<[Partial<Given>, string]>([
  [{ from: "", to: "" }, "there is no shadow to change: make shadow FROM=… TO=…"],
  [
    { to: "" },
    "TO must be a worker or 6 to 12 lower-case digits of the version of a preview, for example own, other",
  ],
  [{ from: "" }, "FROM must be the worker whose live requests are sampled: make shadow FROM=… TO=…"],
  [
    { to: "abc\n".repeat(100) },
    `TO must be a worker or 6 to 12 lower-case digits of the version of a preview, not "${"abc?".repeat(15)}…": own, other`,
  ],
  [{ from: "onw" }, 'there is no worker "onw"; did you mean own? compose.yaml has own, other'],
  [{ sample: "101%" }, 'SAMPLE must be a share from 0% to 100% such as 10% or 0.25%, not "101%"'],
  [{ noise: "x" }, 'NOISE must be a share from 0% to 100% such as 10% or 0.25%, not "x"'],
  [{ keep: "101" }, 'KEEP must be a number of pairs from 0 to 100, not "101"'],
  [{ route: "/y" }, 'own has no route "/y"; it has /own, /x'],
])("a shadow with %j is refused", async (given, reason) => {
  await command(start);
  const refused = (release: Release) => shadow(release, { ...GIVEN, ...given }, SUITABLE);
  expect(await failure(refused)).toBe(reason);
  expect(machine.shadow).toBeUndefined();
});

test("a worker that is not declared pure has no shadow", async () => {
  await command(start);
  for (const impure of ["own", "other"])
    expect(
      await failure((release) =>
        shadow(release, GIVEN, async (name) => ({ pure: name !== impure, paths: ["/x"] })),
      ),
    ).toStartWith(`${impure} is not declared pure, so its requests may not be asked again`);
  expect(machine.shadow).toBeUndefined();
});

test("a candidate without the path is refused", async () => {
  await command(start);
  const paths = async (name: string) => ({
    pure: true,
    paths: name === "own" ? ["/own", "/x/{id}"] : ["/other"],
  });
  expect(await failure((release) => shadow(release, GIVEN, paths))).toBe(
    "other has none of the paths that it would be asked: /own, /x/{id}",
  );
  expect(await failure((release) => shadow(release, { ...GIVEN, route: "/x" }, paths))).toBe(
    "other has none of the paths that it would be asked: /x/{id}",
  );
});
