import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectCopy } from "../../tests/lib/project-copy.ts";

setDefaultTimeout(60_000); // each starts several commands
let copy = "";
beforeEach(() => {
  copy = projectCopy();
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

test("a name that ends the name of a worker behind /predict can be removed, and that worker not", () => {
  scaffold("new", "v1");
  expect(scaffold("remove", "v1")).toContain("removed  workers/v1.ts");
  expect(scaffold("remove", "api-v1")).toContain("error: api-v1 answers /predict");
});

test("a name that every JavaScript object has is a name like any other", () => {
  expect(scaffold("new", "constructor")).toContain("new      workers/constructor.ts");
});

/** What interrupts make new-worker, or a person deletes. */
const LOST: [string, string[]][] = [
  ["its source", ["workers/own.ts"]],
  ["its source and its upstream", ["workers/own.ts", "gateway/templates/upstreams/own.conf.template"]],
  ["its service", ["compose.yaml"]],
  ["its service and its test", ["compose.yaml", "workers/own.test.ts"]],
];
for (const [what, lost] of LOST) {
  test(`a worker without ${what} can be removed and made again`, () => {
    const before = readFileSync(join(copy, "compose.yaml"), "utf8");
    scaffold("new", "own");
    for (const path of lost) {
      if (path === "compose.yaml") writeFileSync(join(copy, path), before);
      else rmSync(join(copy, path));
    }
    expect(scaffold("remove", "own")).toContain("removed  loadtests/own.ts");
    expect(readFileSync(join(copy, "compose.yaml"), "utf8")).toBe(before);
    expect(scaffold("new", "own")).toContain("new      workers/own.ts");
  });
}

test("no file of the project's own is taken for a worker's", () => {
  for (const name of ["", "burst", "api", "docs", "gateway", "runtime", "../workers/language"])
    expect(scaffold("remove", name, { FORCE: "1" })).toMatch(/^error: no worker /);
});
