import { afterEach, beforeEach, expect, test } from "bun:test";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../lib/compose.ts";

let copy = "";
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), "scaffold-"));
  for (const path of ["compose.yaml", "ops", "workers", "loadtests", "gateway/templates"])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** What make new-worker or make remove-worker says in the copy, errors last. */
function scaffold(command: "new" | "remove", name: string, environment: Record<string, string> = {}): string {
  const { stdout, stderr } = Bun.spawnSync([process.execPath, `ops/scaffold/${command}-worker.ts`], {
    cwd: copy,
    env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir(), ...environment, NAME: name },
  });
  return `${stdout}${stderr}`;
}
const source = () => join(copy, "workers/own.ts");

function git(...command: string[]): void {
  const author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
  expect(Bun.spawnSync(["git", ...author, ...command], { cwd: copy }).exitCode).toBe(0);
}

/** Each makes a copy whose worker `own` git does not have, and says how PATH is then. */
const UNKNOWN_TO_GIT: [string, () => string | undefined][] = [
  ["there is no repository", () => process.env["PATH"]],
  ["there is no git", () => ""],
  [
    "git ignores its files",
    () => {
      git("init", "-q");
      mkdirSync(join(copy, ".git/info"), { recursive: true });
      appendFileSync(join(copy, ".git/info/exclude"), "own*\n");
      return process.env["PATH"];
    },
  ],
];
for (const [where, prepare] of UNKNOWN_TO_GIT) {
  test.skipIf(!Bun.which("git"))(`work that git does not have stays where ${where}`, () => {
    const PATH = prepare() ?? "";
    expect(scaffold("new", "own")).toContain("new      workers/own.ts");
    appendFileSync(source(), "// an idea\n");
    expect(scaffold("remove", "own", { PATH })).toContain("error: workers/own.ts not committed");
    expect(existsSync(source())).toBeTrue();
    expect(scaffold("remove", "own", { PATH, FORCE: "1" })).toContain("removed  workers/own.ts");
  });
}

test("a worker that is still its template goes without a repository", () => {
  scaffold("new", "own");
  expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
});

test.skipIf(!Bun.which("git"))("a worker that is committed goes", () => {
  git("init", "-q");
  scaffold("new", "own");
  appendFileSync(source(), "// an idea\n");
  git("add", "workers");
  git("commit", "-qm", "own");
  expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
});
