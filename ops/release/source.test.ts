import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "../host/run.ts";
import { source } from "./source.ts";

let folder = "";
let project = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "source-"));
  project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "compose.yaml"), "services: {}\n");
});
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]) =>
  mustRun(["git", "-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.org", ...args]);
const commit = () => git("commit", "--quiet", "--no-verify", "--allow-empty", "--message=test");
const nothing = { commit: "", dirty: false };

test("the commit of a project in a folder of a repository, whose other folders do not count", () => {
  git("init", "--quiet");
  git("add", "project");
  commit();
  const head = git("rev-parse", "HEAD");
  writeFileSync(join(folder, "elsewhere"), "");
  expect(source(project)).toMatchObject({ commit: head, dirty: false });
  writeFileSync(join(project, "new.ts"), "");
  expect(source(project)).toMatchObject({ commit: head, dirty: true });
});

test("in a hook of another repository, whose GIT_DIR git sets, it is still the project's", () => {
  git("init", "--quiet");
  git("add", "project");
  commit();
  const head = git("rev-parse", "HEAD");
  const other = join(folder, "other");
  mustRun(["git", "init", "--quiet", other]);
  process.env["GIT_DIR"] = join(other, ".git");
  process.env["GIT_INDEX_FILE"] = join(other, "index");
  try {
    expect(source(project)).toMatchObject({ commit: head, dirty: false });
  } finally {
    delete process.env["GIT_DIR"];
    delete process.env["GIT_INDEX_FILE"];
  }
});

test("no repository, no commit yet, and an unpacked project in another repository have none", () => {
  expect(source(project)).toMatchObject(nothing);
  git("init", "--quiet");
  expect(source(project)).toMatchObject(nothing);
  commit();
  expect(source(project)).toMatchObject(nothing);
});

test("the user is the one who called sudo", () => {
  const before = process.env["SUDO_USER"];
  try {
    delete process.env["SUDO_USER"];
    expect(source(project).user).toBe(mustRun(["id", "-un"]));
    process.env["SUDO_USER"] = "alice";
    expect(source(project).user).toBe("alice");
  } finally {
    if (before === undefined) delete process.env["SUDO_USER"];
    else process.env["SUDO_USER"] = before;
  }
});

// Only root can give a folder to another user.
test.skipIf(process.getuid?.() !== 0)("a repository of another user, which git refuses, has none", () => {
  git("init", "--quiet");
  git("add", "project");
  commit();
  mustRun(["chown", "-R", "65534", folder]);
  expect(source(project)).toMatchObject(nothing);
});
