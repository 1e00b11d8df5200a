import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keep } from "./artefacts.ts";
import { builtVersions } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "versions-"));
afterAll(() => rmSync(folder, { recursive: true }));
const record = join(folder, "built.json");
const [own, other] = ["0123456789ab", "ba9876543210"];

beforeEach(() => {
  const built = join(folder, "build.new");
  mkdirSync(built, { recursive: true });
  for (const [worker, version] of Object.entries({ own, other })) {
    writeFileSync(join(built, `${worker}.js`), "code");
    keep({ worker, version }, built, [`${worker}.js`], [], folder);
  }
  writeFileSync(record, JSON.stringify({ source: "s", versions: { own, other } }));
});

test("bundles of the same sources are not built again, those of others are", () => {
  expect(builtVersions("s", record)).toEqual({ own, other });
  expect(builtVersions("t", record)).toEqual({});
});

const DAMAGES: [string, string[], () => void][] = [
  ["a truncated record", ["own", "other"], () => truncateSync(record, 9)],
  ["an empty record", ["own", "other"], () => truncateSync(record)],
  ["a missing record", ["own", "other"], () => rmSync(record)],
  ["a missing version", ["own"], () => rmSync(join(folder, "own", own), { recursive: true })],
  ["an empty bundle", ["other"], () => truncateSync(join(folder, "other", other, "other.js"))],
  [
    "a changed bundle of the same size",
    ["own"],
    () => writeFileSync(join(folder, "own", own, "own.js"), "c0de"),
  ],
  ["a version without its list of files", ["own"], () => rmSync(join(folder, "own", own, "files.json"))],
];
test.each(DAMAGES)("%s: these workers are built again", (_, again, damage) => {
  damage();
  const built = builtVersions("s", record);
  expect(["own", "other"].filter((worker) => !built[worker])).toEqual(again);
});
