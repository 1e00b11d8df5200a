// With unreadable settings every make target fails with one line, without a stack.
import { afterAll, beforeEach, expect, test } from "bun:test";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../ops/settings/project.ts";
import { projectCopy } from "./lib/project-copy.ts";

const copy = projectCopy();
afterAll(() => rmSync(copy, { recursive: true }));

beforeEach(() => {
  rmSync(join(copy, ".env"), { force: true });
  copyFileSync(join(ROOT, "compose.yaml"), join(copy, "compose.yaml"));
});

function make(...args: string[]): string {
  return Bun.spawnSync(["make", "--dry-run", ...args], { cwd: copy }).stdout.toString();
}

/** What a target needs, which refuses NAME. */
const NEEDED: Record<string, string> = { maintenance: "STATE=on" };

/** A target's recipe without the installation of packages. */
function recipe(target: string): string {
  const lines = make(NEEDED[target] ?? "NAME=some-name", ...target.split(" ")).split("\n");
  return lines.filter((line) => !line.startsWith("ops/bootstrap.sh")).join("\n");
}

/** Runs a target; variables after it are set in the environment, as make does. */
function run(target: string): { code: number; said: string } {
  const variables = target
    .split(" ")
    .slice(1)
    .map((each) => each.split("="));
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-euo", "pipefail", "-c", recipe(target)], {
    cwd: copy,
    env: { ...process.env, NAME: "some-name", STATE: "on", ...Object.fromEntries(variables) },
    stdin: "ignore",
    timeout: 30_000,
  });
  return { code: exitCode, said: stderr.toString() };
}

const database = make("--print-data-base", "help");
const [, all = ""] = /^\.PHONY: (.*)$/m.exec(database) ?? [];
/** Names of the last release. */
const [, renamed = ""] = /^RENAMED := (.*)$/m.exec(database) ?? [];
/** Targets that read no settings, run suites, or call another target. */
const OTHERS = ["help", "generate", "test", "test-all", "lint", "format", ...renamed.split(" ")];
const targets = all.split(" ").filter((target) => !OTHERS.includes(target));
/** Work with an invalid .env: ops/lifecycle.test.ts. */
const WITHOUT_ENV_FILE = ["stop-project", "ps", "logs"];
/** Fail before they read settings: the copy has no data set, and no CSV is named. */
const NO_DATA = "error: no data at ";
const WITHOUT_DATA: Record<string, string> = {
  train: NO_DATA,
  "train-verify": NO_DATA,
  evaluate: NO_DATA,
  study: NO_DATA,
  "train-own": "error: give the path of the data with CSV=...",
};

test("no recipe has the text of a variable that the shell would run", () => {
  const names = ["NAME", "TO", "FROM", "ONLY", "LOAD_SECONDS", "CSV", "OUT", "DATA"];
  for (const text of ["$$(touch made)", "`touch made`", '";touch made;"']) {
    const variables = names.map((name) => `${name}=${text}`);
    for (const target of targets) expect(make(...variables, target)).not.toContain("touch made");
    expect(make(...variables, "test")).not.toContain("touch made");
  }
  expect(make("NAME=own", "TO=abcd", "rollback")).toContain('rollback "$NAME" "$TO"');
  const { stdout } = Bun.spawnSync(["make", "--dry-run", "rollback"], {
    cwd: copy,
    env: { ...process.env, NAME: "of-the-shell" },
  });
  expect(stdout.toString()).toContain('rollback "" ""');
});

test("the Makefile's targets are found", () => expect(targets.length).toBeGreaterThan(15));

for (const target of targets) {
  test(`make ${target}: one error line for an invalid .env, an invalid compose.yaml and a missing one`, () => {
    const check = (expected: string) => {
      const { code, said } = run(target);
      expect(said).toStartWith(WITHOUT_DATA[target] ?? expected);
      expect([code, said.trimEnd().split("\n").length]).toEqual([1, 1]);
    };
    writeFileSync(join(copy, ".env"), "# one\nGATEWAY_PASSWORD=pa$word\n");
    if (!WITHOUT_ENV_FILE.includes(target))
      check("error: .env:2: GATEWAY_PASSWORD: write the value in single quotes");
    rmSync(join(copy, ".env"));
    writeFileSync(join(copy, "compose.yaml"), "services:\n  a: b: c\n");
    check("error: compose.yaml:2: ");
    rmSync(join(copy, "compose.yaml"));
    check("error: compose.yaml cannot be read: ");
  }, 60_000);
}

const CHECKED = ["start-project", "deploy", "reload", "gen-certs", "dev", "loadtest NAME=capacity"];
for (const target of [...CHECKED, ...targets.filter((name) => name === "bench")]) {
  test(`make ${target}: one line for a value that cannot work`, () => {
    writeFileSync(join(copy, ".env"), "HTTPS_PORT=https\nRUNTIME=native\n");
    expect(run(target)).toEqual({ code: 1, said: "error: HTTPS_PORT must be a port from 1 to 65535\n" });
  }, 60_000);
}

test("an old target name prints the new one and runs it", () => {
  for (const name of ["stack-deploy", "stack-backup", "capacity"]) {
    const [first = "", command = "", ...rest] = make(name, "TO=/somewhere").split("\n");
    const [, now = ""] = /^echo "make [a-z-]+ is now: make (.*)" >&2$/.exec(first) ?? [];
    expect(command).toBe(`make ${now}`);
    expect(rest).toEqual(make("TO=/somewhere", ...now.split(" ")).split("\n"));
  }
  expect(make("help")).not.toContain("stack-");
});

for (const target of ["ps", "logs", "deploy", "stop-project"]) {
  test(`make ${target} RUNTIME=swarm: one error line without a swarm`, () => {
    expect(run(`${target} RUNTIME=swarm`)).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^error: RUNTIME=swarm is unavailable: .*\n$/),
    });
  }, 60_000);
}
