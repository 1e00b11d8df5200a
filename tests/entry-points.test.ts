// Settings that cannot be read end every target of the Makefile with one line, not with a stack.
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

/** A target's recipe without what installs packages. */
function recipe(target: string): string {
  const lines = make(target, "NAME=some-name").split("\n");
  return lines.filter((line) => !line.startsWith("ops/bootstrap.sh")).join("\n");
}

function run(target: string): { code: number; said: string } {
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-euo", "pipefail", "-c", recipe(target)], {
    cwd: copy,
    env: { ...process.env, NAME: "some-name" },
    stdin: "ignore",
    timeout: 30_000,
  });
  return { code: exitCode, said: stderr.toString() };
}

const [, all = ""] = /^\.PHONY: (.*)$/m.exec(make("--print-data-base", "help")) ?? [];
/** Those that read no settings, and those that run the suites. */
const OTHERS = ["help", "dashboards", "test", "test-all", "lint", "test-swarm"];
const targets = all.split(" ").filter((target) => !OTHERS.includes(target));
const TRAINING = ["train", "train-verify", "evaluate", "study"]; // stop because the copy has no data beside it

test("the Makefile's targets are found", () => expect(targets.length).toBeGreaterThan(30));

for (const target of targets) {
  test(`make ${target}: one line for a bad .env, a bad compose.yaml and none`, () => {
    const place = (expected: string) => (TRAINING.includes(target) ? "error: no data at " : expected);
    const check = (expected: string) => {
      const { code, said } = run(target);
      expect(said).toStartWith(place(expected));
      expect([code, said.trimEnd().split("\n").length]).toEqual([1, 1]);
    };
    writeFileSync(join(copy, ".env"), "# one\nGATEWAY_PASSWORD=pa$word\n");
    // What runs can be stopped all the same: ops/down.test.ts.
    if (target !== "stop-project") check("error: .env:2: GATEWAY_PASSWORD: write the value in single quotes");
    rmSync(join(copy, ".env"));
    writeFileSync(join(copy, "compose.yaml"), "services:\n  a: b: c\n");
    check("error: compose.yaml:2: ");
    rmSync(join(copy, "compose.yaml"));
    check("error: compose.yaml cannot be read: ");
  }, 60_000);
}

for (const target of ["start-project", "deploy", "reload", "gen-certs", "dev", "capacity", "bench"]) {
  test(`make ${target}: one line for a value that cannot work`, () => {
    writeFileSync(join(copy, ".env"), "HTTPS_PORT=https\nRUNTIME=native\n");
    expect(run(target)).toEqual({ code: 1, said: "error: HTTPS_PORT must be a port from 1 to 65535\n" });
  }, 60_000);
}
