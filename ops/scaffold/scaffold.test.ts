import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { routeNames } from "../../gateway/routes.ts";
import { projectCopy } from "../../tests/lib/project-copy.ts";
import { workers } from "../settings/project.ts";

setDefaultTimeout(60_000); // each starts several commands
let copy = "";
beforeEach(() => {
  copy = projectCopy();
});
afterEach(() => rmSync(copy, { recursive: true, force: true }));

/** The output of make new-worker or make remove-worker in the copy, errors last. */
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

/** Ways in which the worker `own` is not committed; each returns the PATH to use. */
const UNCOMMITTED: [string, () => string | undefined][] = [
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
for (const [where, prepare] of UNCOMMITTED) {
  test.skipIf(!Bun.which("git"))(`uncommitted work is kept where ${where}`, () => {
    const PATH = prepare() ?? "";
    expect(scaffold("new", "own")).toContain("new      workers/own.ts");
    appendFileSync(source(), "// an idea\n");
    expect(scaffold("remove", "own", { PATH })).toContain("error: workers/own.ts not committed");
    expect(existsSync(source())).toBeTrue();
    expect(scaffold("remove", "own", { PATH, FORCE: "1" })).toContain("removed  workers/own.ts");
  });
}

test("an unedited worker is removed without a repository", () => {
  scaffold("new", "own");
  expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
});

test.skipIf(!Bun.which("git"))("a committed worker is removed", () => {
  git("init", "-q");
  scaffold("new", "own");
  appendFileSync(source(), "// an idea\n");
  git("add", "workers");
  git("commit", "-qm", "own");
  expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
});

test("a name of Object.prototype is a valid name", () => {
  expect(scaffold("new", "constructor")).toContain("new      workers/constructor.ts");
});

/** Files that are missing after an interrupted make new-worker or a deletion. */
const LOST: [string, string[]][] = [
  ["its source", ["workers/own.ts"]],
  ["its source and its route", ["workers/own.ts", "gateway/routes/own.yaml"]],
  ["its locations", ["gateway/routes/own.conf.template"]],
  ["its service", ["compose.yaml"]],
  ["its service and its test", ["compose.yaml", "workers/own.test.ts"]],
];
for (const [what, lost] of LOST) {
  test(`a worker without ${what} can be removed and created again`, () => {
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

const names = new Set(workers().map(({ name }) => name));
const shared = routeNames().filter((route) => !names.has(route)); // paths that no worker has its name from
for (const name of ["metrics", "docs", "openapi", "assets", "livez", "readyz", ...shared])
  test(`the gateway's path /${name} is refused`, () => {
    expect(scaffold("new", name)).toBe(`error: the gateway answers /${name} already; choose another NAME\n`);
  });

test("a platform file is never removed as a worker's", () => {
  for (const name of ["", "burst", "api", "docs", "gateway", "runtime", "../workers/language"])
    expect(scaffold("remove", name, { FORCE: "1" })).toMatch(/^error: (unknown worker|name a worker)/);
});

const file = (path: string) => readFileSync(join(copy, path), "utf8");
const has = (path: string) => existsSync(join(copy, path));
/** The errors of nginx for the copy's rendered configuration. */
const nginx = () =>
  Bun.spawnSync(["tests/check-nginx.sh", "native"], {
    cwd: copy,
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` },
  }).stderr.toString();

const BETA = { ROUTE: "/own", HEADER: "X-Experiment-Group: beta" };
describe("a version of a path", () => {
  beforeEach(() => {
    scaffold("new", "own");
  });

  test("is a copy of the default worker, selected by one value of a header", () => {
    const before = file("gateway/routes/own.yaml");
    expect(scaffold("new", "own-next", BETA)).toContain("X-Experiment-Group: beta is answered by own-next");
    expect(parse(file("gateway/routes/own.yaml"))).toEqual({
      worker: "own",
      rate: "10r/s",
      header: "X-Experiment-Group",
      values: { beta: "own-next" },
    });
    expect(file("workers/own-next.ts")).toContain('worker("own-next", {\n  selectedBy: {');
    const tests = Bun.spawnSync([process.execPath, "test", "workers/own-next.test.ts"], { cwd: copy });
    expect(tests.stderr.toString()).toMatch(/2 pass\n 0 fail/);
    expect(nginx()).toBe("");
    expect(scaffold("remove", "own-next")).toContain("removed  workers/own-next.ts");
    expect(file("gateway/routes/own.yaml")).toBe(before);
  });

  const WRONG: [why: string, settings: Record<string, string>, said: string][] = [
    ["without a header", { ROUTE: "/own" }, "needs both ROUTE"],
    ["of an unknown path", { ...BETA, ROUTE: "/other" }, "unknown route /other"],
    ["with another header", { ...BETA, HEADER: "X-Other: a" }, "is selected by X-Experiment-Group"],
    ["with a value in use", BETA, "already selects own-next"],
    ["with a value nginx would misread", { ...BETA, HEADER: 'X-Experiment-Group: a"b' }, "1 to 64 letters"],
  ];
  test.each(WRONG)("%s is refused, and nothing changes", (_why, settings, said) => {
    scaffold("new", "own-next", BETA);
    const before = file("compose.yaml");
    const answer = scaffold("new", "own-other", settings);
    expect(answer).toStartWith("error: ");
    expect(answer).toContain(said);
    expect([has("workers/own-other.ts"), file("compose.yaml")]).toEqual([false, before]);
  });

  test("must become the default before the default worker is removed, and then needs no header", () => {
    scaffold("new", "own-next", BETA);
    const before = file("compose.yaml");
    expect(scaffold("remove", "own")).toBe(
      "error: own is the default of /own: name the next one, DEFAULT=own-next\n",
    );
    expect([has("workers/own.ts"), file("compose.yaml")]).toEqual([true, before]);
    expect(scaffold("remove", "own", { DEFAULT: "own-next" })).toContain("removed  workers/own.ts");
    expect(parse(file("gateway/routes/own.yaml"))).toEqual({ worker: "own-next", rate: "10r/s" });
    expect(file("workers/own-next.ts")).not.toContain("selectedBy");
    expect(nginx()).toBe("");
    expect(scaffold("remove", "own-next", { FORCE: "1" })).toContain(
      "removed  gateway/routes/own.conf.template",
    );
  });
});

describe("an example", () => {
  beforeEach(() => {
    for (const name of ["one", "two"]) scaffold("new", name);
    mkdirSync(join(copy, "shared"));
    writeFileSync(join(copy, "shared/words.txt"), "words");
    writeFileSync(join(copy, "both"), "compares them");
    writeFileSync(
      join(copy, "workers/examples.yaml"),
      "# what came along\nletters: { workers: [one, two], all: [both], any: [shared] }\nother: { workers: [three] }\n",
    );
  });

  test("loses what compares its workers with the first one, and the rest with the last", () => {
    expect(scaffold("remove", "one", { FORCE: "1" })).not.toContain("shared");
    expect([has("both"), has("shared/words.txt")]).toEqual([false, true]);
    expect(scaffold("remove", "two", { FORCE: "1" })).toMatch(/removed {2}shared +of the example letters/);
    expect(has("shared")).toBeFalse();
    expect(file("workers/examples.yaml")).toBe("# what came along\nother: { workers: [three] }\n");
  });

  test("with work that git does not have keeps its last worker whole", () => {
    scaffold("remove", "one", { FORCE: "1" });
    const before = file("compose.yaml");
    expect(scaffold("remove", "two")).toContain("error: shared not committed");
    expect([has("workers/two.ts"), has("shared"), file("compose.yaml")]).toEqual([true, true, before]);
  });

  test("is removed whole by its name, or not at all", () => {
    const before = file("compose.yaml");
    expect(scaffold("remove", "letters")).toMatch(/^error: .*both.* not committed/);
    expect([has("workers/one.ts"), has("both"), file("compose.yaml")]).toEqual([true, true, before]);
    scaffold("remove", "letters", { FORCE: "1" });
    expect(["workers/one.ts", "workers/two.ts", "both", "shared"].filter(has)).toEqual([]);
    expect(nginx()).toBe("");
  });
});

test("a project without any worker is valid, and a worker can be added", () => {
  const workers = Object.keys(parse(file("compose.yaml")).services).filter((name) =>
    has(`workers/${name}.ts`),
  );
  for (const name of workers.reverse())
    expect(scaffold("remove", name, { FORCE: "1" })).toContain(`removed  workers/${name}.ts`);
  expect(readdirSync(join(copy, "gateway/routes"))).toEqual([]);
  expect(nginx()).toBe("");
  scaffold("new", "own");
  expect(nginx()).toBe("");
  expect(parse(file("compose.yaml"), { merge: true }).services.gateway.depends_on).toHaveProperty("own");
});
