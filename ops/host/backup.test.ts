import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { privateFolder, restoreScript, saveScript } from "./backup.ts";
import { mustRun } from "./run.ts";

let dir = "";
const volume = () => join(dir, "volume");
const backup = () => join(dir, "to/backup");
const mode = (path: string) => statSync(path).mode & 0o777;
const sh = (script: string) => mustRun(["sh", "-ec", script]);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "archive-"));
  mkdirSync(volume());
  writeFileSync(join(volume(), ".hidden"), "kept");
});
afterEach(() => rmSync(dir, { recursive: true }));

test("a new folder has mode 700 and an archive 600, also one that had another mode", () => {
  privateFolder(backup());
  expect(mode(backup())).toBe(0o700);
  writeFileSync(join(backup(), "data.tgz"), "old", { mode: 0o644 });
  sh(saveScript(volume(), backup(), "data"));
  expect(mode(join(backup(), "data.tgz"))).toBe(0o600);
});

test("a folder that others may enter is refused and stays as it is", () => {
  mkdirSync(backup(), { recursive: true });
  chmodSync(backup(), 0o755);
  expect(() => privateFolder(backup())).toThrow(UserError);
  expect(mode(backup())).toBe(0o755);
  chmodSync(backup(), 0o700);
  privateFolder(backup());
});

const root = process.getuid?.() === 0;
test.if(root)(
  `an archive made by root belongs to the owner of the folder${root ? "" : " (skipped: not root)"}`,
  () => {
    privateFolder(backup());
    mustRun(["chown", "65534:65534", backup()]);
    sh(saveScript(volume(), backup(), "data"));
    expect(statSync(join(backup(), "data.tgz"))).toMatchObject({ uid: 65534, gid: 65534 });
  },
);

test("a restored volume holds what was saved and nothing else", () => {
  privateFolder(backup());
  sh(saveScript(volume(), backup(), "data"));
  rmSync(join(volume(), ".hidden"));
  for (const name of ["later", ".later", "..later"]) writeFileSync(join(volume(), name), "");
  sh(restoreScript(volume(), backup(), "data"));
  expect(readdirSync(volume())).toEqual([".hidden"]);
  expect(readFileSync(join(volume(), ".hidden"), "utf8")).toBe("kept");
});
