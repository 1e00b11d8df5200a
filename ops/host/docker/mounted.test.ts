import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyFolder, openFolder } from "./mounted.ts";

let dir = "";
let umask = 0;
beforeEach(() => {
  umask = process.umask(0o077);
  dir = mkdtempSync(join(tmpdir(), "mounted-"));
  mkdirSync(join(dir, "from/rules"), { recursive: true });
  writeFileSync(join(dir, "from/rules/a.yml"), "a");
});
afterEach(() => {
  process.umask(umask);
  rmSync(dir, { recursive: true });
});
const mode = (path: string) => (statSync(join(dir, path)).mode & 0o777).toString(8);

test("a copy made under umask 077 is readable for everybody", () => {
  copyFolder(join(dir, "from"), join(dir, "to"));
  openFolder(join(dir, "to"));
  expect(["to", "to/rules", "to/rules/a.yml"].map(mode)).toEqual(["755", "755", "644"]);
  expect(mode("from/rules/a.yml")).toBe("600"); // the checkout stays as it is
});

test("a link to a folder keeps the mode of the folder", () => {
  symlinkSync("rules", join(dir, "from/a-link"));
  symlinkSync("rules", join(dir, "from/z-link"));
  openFolder(join(dir, "from"));
  expect(mode("from/rules")).toBe("755");
});

test("a second copy rewrites files in place and removes those without a source", () => {
  copyFolder(join(dir, "from"), join(dir, "to"));
  const before = statSync(join(dir, "to/rules/a.yml")).ino;
  writeFileSync(join(dir, "to/rules/old.yml"), "old");
  writeFileSync(join(dir, "from/rules/a.yml"), "b");
  copyFolder(join(dir, "from"), join(dir, "to"));
  expect(statSync(join(dir, "to/rules/a.yml")).ino).toBe(before);
  expect(readFileSync(join(dir, "to/rules/a.yml"), "utf8")).toBe("b");
  expect(readdirSync(join(dir, "to/rules"))).toEqual(["a.yml"]);
});
