import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtVersions } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "bundles-"));
afterAll(() => rmSync(folder, { recursive: true }));
const record = join(folder, "source.json");
const built = () => builtVersions(record, ["own", "other"]);

beforeEach(() => {
  for (const name of ["own", "other"]) {
    mkdirSync(join(folder, `${name}-1`), { recursive: true });
    writeFileSync(join(folder, `${name}-1/${name}.js`), "code");
  }
  writeFileSync(record, JSON.stringify({ own: "own-1", other: "other-1" }));
});

test("bundles of the same sources are not built again", () => {
  expect(built()).toEqual({ own: "own-1", other: "other-1" });
});

const DAMAGES: [string, () => void][] = [
  ["a truncated record", () => truncateSync(record, 9)],
  ["an empty record", () => truncateSync(record)],
  ["a missing record", () => rmSync(record)],
  ["a missing folder", () => rmSync(join(folder, "own-1"), { recursive: true })],
  ["an empty bundle", () => truncateSync(join(folder, "other-1/other.js"))],
  ["a worker that it does not name", () => writeFileSync(record, '{"own":"own-1"}')],
];
test.each(DAMAGES)("%s: the workers are built again", (_, damage) => {
  damage();
  expect(built()).toBeUndefined();
});
