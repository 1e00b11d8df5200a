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
import { beginBackup, checkBackup, privateFolder, restoreScript, saveScript } from "./backup.ts";
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

test("an interrupted backup keeps the earlier archive, and is not complete", () => {
  beginBackup(backup());
  for (const name of ["data", "files"]) sh(saveScript(volume(), backup(), name));
  const before = readFileSync(join(backup(), "data.tgz"));
  beginBackup(backup());
  const cut = saveScript(volume(), backup(), "data").replace(
    /tar -cz \./,
    "{ tar -cz . | head -c 20; false; }",
  );
  expect(() => sh(cut)).toThrow();
  expect(readFileSync(join(backup(), "data.tgz")).equals(before)).toBe(true);
  expect(() => checkBackup(backup(), ["data"])).toThrow("is no complete backup: it has no files.tgz");
});

test("a restore refuses archives that are broken or another program's", () => {
  privateFolder(backup());
  const files = (path: string) => {
    mkdirSync(join(volume(), path), { recursive: true });
    mustRun(["tar", "-C", volume(), "-czf", join(backup(), "files.tgz"), path]);
  };
  files("gateway/certs");
  sh(saveScript(volume(), backup(), "data"));
  checkBackup(backup(), ["data"]);
  const whole = readFileSync(join(backup(), "data.tgz"));
  writeFileSync(join(backup(), "data.tgz"), whole.subarray(0, whole.length - 20));
  expect(() => checkBackup(backup(), ["data"])).toThrow(/data\.tgz is broken: .*; nothing was changed$/);
  for (const path of ["gateway/conf.d", "secrets-2"]) {
    files(path);
    expect(() => checkBackup(backup(), [])).toThrow(`files.tgz is no archive of make backup: ${path}/`);
  }
});
