// Which shadow the commands want.
import { afterAll, expect, spyOn, test } from "bun:test";
import type { Route } from "../../gateway/routes.ts";
import * as gatewayRoutes from "../../gateway/routes.ts";
import { shadowedVersion } from "../host/versions.ts";
import { endPreviews, preview } from "./preview.ts";
import type { Release } from "./release.ts";
import { start } from "./replace.ts";
import { rollback } from "./rollback.ts";
import { endShadow, type Given, shadow } from "./shadow.ts";
import { B, C, command, deployed, failure, inMemory, killed, machine } from "./test-machine.ts";

inMemory();

const GIVEN: Given = { from: "own", to: "other", sample: "", route: "", noise: "", keep: "" };
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
const shadowed = (given: Partial<Given> = {}, isPure = async () => true) =>
  command((release) => shadow(release, { ...GIVEN, ...given }, isPure));

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

test("what is not given stays as it is, with the same key; another candidate has another", async () => {
  await command(start);
  await shadowed({ sample: "2.5%", route: "/own", noise: "50%" });
  const first = machine.shadow;
  await shadowed({ from: "", to: "", sample: "7%" });
  expect(machine.shadow).toEqual({ ...first!, percent: 7 });
  await shadowed({ from: "", to: "", route: "/*" });
  expect(machine.shadow).toMatchObject({ percent: 7, noise: 0.5 });
  expect(machine.shadow?.path).toBeUndefined();
  await shadowed({ to: "own" });
  expect(machine.shadow).toMatchObject({ percent: 10, noise: 0.1 });
  expect(machine.shadow?.key).not.toBe(first!.key);
});

test("a preview is the candidate by the digits of its version; its end is that of the shadow", async () => {
  await command(start);
  machine.sources["own"] = B;
  await command((release) => preview(release, "own", ""));
  await shadowed({ from: "", to: B.slice(0, 6) });
  expect(machine.shadow).toMatchObject({ from: "own", to: "own", preview: B });
  await command((release) => endPreviews(release, ""));
  machine.sources["own"] = C;
  await command((release) => preview(release, "own", ""));
  const wanted = { versions: {}, previews: machine.previews };
  expect(machine.shadow && shadowedVersion(wanted, machine.shadow)).toBeUndefined(); // another version is another candidate
});

test("a shadow that does not start leaves the one before", async () => {
  await command(start);
  await shadowed();
  const before = machine.shadow;
  machine.failsAt = "preview";
  expect(await failure((release) => shadow(release, { ...GIVEN, to: "own" }, async () => true))).toBe(
    "it does not start",
  );
  machine.failsAt = "";
  await command(start);
  expect(machine.shadow).toEqual(before!);
});

test("a shadow whose command is killed runs after the next command", async () => {
  await command(start);
  await killed("preview", (release) => shadow(release, GIVEN, async () => true));
  await command(start);
  expect(machine.shadow).toMatchObject({ from: "own", to: "other" });
});

test.each<[Partial<Given>, string]>([
  [{ from: "", to: "" }, "TO must be a worker or the version of a preview, for example own, other"],
  [{ from: "" }, "FROM must be the worker whose live requests are sampled: make shadow FROM=… TO=…"],
  [{ to: "abcdef" }, 'TO must be a worker or the version of a preview, not "abcdef": own, other'],
  [{ from: "onw" }, 'there is no worker "onw"; did you mean own? compose.yaml has own, other'],
  [{ sample: "101%" }, 'SAMPLE must be a share from 0% to 100% such as 10% or 0.25%, not "101%"'],
  [{ noise: "x" }, 'NOISE must be a share from 0% to 100% such as 10% or 0.25%, not "x"'],
  [{ keep: "101" }, 'KEEP must be a number of pairs from 0 to 100, not "101"'],
  [{ route: "/y" }, 'own has no route "/y"; it has /own, /x'],
])("a shadow with %j is refused", async (given, reason) => {
  await command(start);
  const refused = (release: Release) => shadow(release, { ...GIVEN, ...given }, async () => true);
  expect(await failure(refused)).toBe(reason);
  expect(machine.shadow).toBeUndefined();
});

test("a worker that is not declared pure has no shadow", async () => {
  await command(start);
  for (const impure of ["own", "other"])
    expect(await failure((release) => shadow(release, GIVEN, async (name) => name !== impure))).toStartWith(
      `${impure} is not declared pure, so its requests may not be asked again`,
    );
  expect(machine.shadow).toBeUndefined();
});
