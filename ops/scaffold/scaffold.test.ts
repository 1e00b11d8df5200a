import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
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
  expect(scaffold("remove", "constructor")).toStartWith("error: unknown worker constructor");
  expect(scaffold("new", "constructor")).toContain("new      workers/constructor.ts");
  for (const value of ["beta", "constructor"]) {
    const HEADER = `X-Experiment-Group: ${value}`;
    expect(scaffold("new", `${value}-next`, { ROUTE: "/constructor", HEADER })).toContain(
      `${HEADER} is answered by ${value}-next`,
    );
  }
  expect(scaffold("remove", "beta-next")).toContain("removed  workers/beta-next.ts");
  expect(scaffold("remove", "constructor-next")).toContain("removed  workers/constructor-next.ts");
  expect(scaffold("remove", "constructor")).toContain("removed  workers/constructor.ts");
});

test("FORCE=0 does not force", () => {
  scaffold("new", "own");
  appendFileSync(source(), "// an idea\n");
  expect(scaffold("remove", "own", { FORCE: "0" })).toContain("error: workers/own.ts not committed");
});

test.skipIf(!Bun.which("git"))(
  "uncommitted work is kept where the project is a folder of a repository",
  () => {
    const repository = mkdtempSync(join(tmpdir(), "repository-"));
    try {
      const outside = copy;
      copy = join(repository, "project");
      renameSync(outside, copy);
      scaffold("new", "own");
      git("init", "-q", repository);
      git("add", "workers", "compose.yaml");
      git("commit", "-qm", "own");
      appendFileSync(source(), "// an idea\n");
      expect(scaffold("remove", "own")).toContain("error: workers/own.ts not committed");
      expect(existsSync(source())).toBeTrue();
      git("add", "workers");
      git("commit", "-qm", "an idea");
      expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
    } finally {
      rmSync(repository, { recursive: true });
    }
  },
);

test.skipIf(!Bun.which("git"))("an uncommitted edit of its service is kept", () => {
  scaffold("new", "own");
  const path = join(copy, "compose.yaml");
  const edited = readFileSync(path, "utf8").replace(/( {2}own:[\s\S]*?)replicas: 2/, "$1replicas: 5");
  writeFileSync(path, edited);
  const lost = "error: own in compose.yaml not committed";
  expect(scaffold("remove", "own")).toContain(lost);
  git("init", "-q");
  git("add", "workers", "compose.yaml");
  git("commit", "-qm", "own");
  writeFileSync(path, edited.replace("  own:", "  # a remark\n  own:"));
  expect(scaffold("remove", "own")).toContain(lost);
  writeFileSync(path, edited);
  expect(scaffold("remove", "own")).toContain("removed  workers/own.ts");
});

test("a service that the edit would make unreadable changes nothing", () => {
  scaffold("new", "own");
  const path = join(copy, "compose.yaml");
  const merged = readFileSync(path, "utf8")
    .replace("  own:", "  own: &own")
    .replace("  gateway:\n    <<: *nginx", "  gateway:\n    <<: [*nginx, *own]");
  writeFileSync(path, merged);
  expect(scaffold("remove", "own", { FORCE: "1" })).toMatch(
    /^error: compose.yaml cannot be changed: [^\n]*\n$/,
  );
  expect([existsSync(source()), readFileSync(path, "utf8")]).toEqual([true, merged]);
});

test("commands at the same time wait for each other", async () => {
  const names = ["one", "two", "three"];
  const commands = names.map((NAME) =>
    Bun.spawn([process.execPath, "ops/scaffold/new-worker.ts"], {
      cwd: copy,
      env: { ...process.env, NAME },
      stdout: "ignore",
    }),
  );
  expect(await Promise.all(commands.map(({ exited }) => exited))).toEqual([0, 0, 0]);
  const { services } = parse(readFileSync(join(copy, "compose.yaml"), "utf8"));
  expect(Object.keys(services)).toEqual(expect.arrayContaining(names));
});

const SOURCES = ["workers/own.ts", "workers/own.test.ts", "loadtests/own.ts"];
/** Files that are missing after an interrupted make new-worker or a deletion. */
const LOST: [string, string[]][] = [
  ["its source", ["workers/own.ts"]],
  ["its source and its route", ["workers/own.ts", "gateway/routes/own.yaml"]],
  ["its route", ["gateway/routes/own.yaml"]],
  ["its service", ["compose.yaml"]],
  ["its service and its test", ["compose.yaml", "workers/own.test.ts"]],
  ["all but its route", ["compose.yaml", ...SOURCES]],
  [
    "all but its load test",
    ["compose.yaml", "workers/own.ts", "workers/own.test.ts", "gateway/routes/own.yaml"],
  ],
];
for (const [what, lost] of LOST) {
  test(`a worker without ${what} can be removed and created again`, () => {
    const before = readFileSync(join(copy, "compose.yaml"), "utf8");
    scaffold("new", "own");
    for (const path of lost) {
      if (path === "compose.yaml") writeFileSync(join(copy, path), before);
      else rmSync(join(copy, path));
    }
    expect(scaffold("remove", "own")).toContain("removed ");
    expect(existsSync(join(copy, "loadtests/own.ts"))).toBeFalse();
    expect(readFileSync(join(copy, "compose.yaml"), "utf8")).toBe(before);
    expect(scaffold("new", "own")).toContain("new      workers/own.ts");
  });
}

const names = new Set(workers().map(({ name }) => name));
const shared = routeNames().filter((route) => !names.has(route)); // paths without a worker of that name
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

const LIMITS = { paths: { "/own": {} }, rate: "10r/s", burst: 5, idempotent: true };
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
      ...LIMITS,
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
    ["without a header", { ROUTE: "/own" }, "/own is a path of gateway/routes/own.yaml"],
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
    expect(parse(file("gateway/routes/own.yaml"))).toEqual({ worker: "own-next", ...LIMITS });
    expect(file("workers/own-next.ts")).not.toContain("selectedBy");
    expect(nginx()).toBe("");
    // In this order, the files left by an interrupted command still name the worker.
    expect(scaffold("remove", "own-next", { FORCE: "1" })).toMatch(
      /removed +gateway\/routes\/own\.yaml[\s\S]*changed +compose\.yaml/,
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

  test("is not removed while another worker imports its files, directly or not", () => {
    mkdirSync(join(copy, "shared/deep"));
    writeFileSync(join(copy, "shared/deep/type.ts"), "export type Word = string;\n");
    writeFileSync(
      join(copy, "workers/own-words.ts"),
      'export type { Word } from "../shared/deep/type.ts";\n',
    );
    scaffold("new", "own");
    appendFileSync(source(), 'export * from "./own-words.ts";\n');
    const before = file("compose.yaml");
    expect(scaffold("remove", "letters", { FORCE: "1" })).toBe("error: own needs shared: remove it first\n");
    expect([...["workers/one.ts", "both", "shared"].map(has), file("compose.yaml")]).toEqual([
      true,
      true,
      true,
      before,
    ]);
    scaffold("remove", "own", { FORCE: "1" });
    scaffold("remove", "letters", { FORCE: "1" });
    expect(has("shared")).toBeFalse();
  });

  test("whose path has a version that stays needs it as the default", () => {
    scaffold("new", "three", { ROUTE: "/one", HEADER: "X-Experiment-Group: c" });
    const route = file("gateway/routes/one.yaml").replace("{ c: three }", "{ b: two, c: three }");
    writeFileSync(join(copy, "gateway/routes/one.yaml"), route);
    for (const DEFAULT of ["", "two"])
      expect(scaffold("remove", "letters", { FORCE: "1", DEFAULT })).toBe(
        "error: one is the default of /one: name the next one, DEFAULT=three\n",
      );
    expect(["workers/one.ts", "workers/two.ts", "both"].map(has)).toEqual([true, true, true]);
    scaffold("remove", "letters", { FORCE: "1", DEFAULT: "three" });
    expect(["workers/one.ts", "workers/two.ts", "both"].map(has)).toEqual([false, false, false]);
    expect(parse(file("gateway/routes/one.yaml"))).toEqual({
      worker: "three",
      ...LIMITS,
      paths: { "/one": {} },
    });
  });

  test("is removed by its name when some of its workers are removed already", () => {
    const list = file("workers/examples.yaml");
    scaffold("remove", "two", { FORCE: "1" });
    expect(scaffold("remove", "letters", { FORCE: "1" })).toMatch(/removed {2}workers\/one.ts/);
    expect(has("shared")).toBeFalse();
    mkdirSync(join(copy, "shared"));
    writeFileSync(join(copy, "workers/examples.yaml"), list);
    expect(scaffold("remove", "letters", { FORCE: "1" })).toMatch(/removed {2}shared/);
    expect(scaffold("remove", "letters")).toStartWith("error: unknown worker letters");
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

const ALL = {
  ROUTE: "/scaffold-test/notes",
  SECRETS: "SCAFFOLD_TEST_KEY,SCAFFOLD_TEST_OTHER_KEY",
  DATA: "yes",
  OUTBOUND: "yes",
  PUBLIC: "/scaffold-test/notes/health",
};
describe("a worker with a secret, data, other hosts and a public path", () => {
  test("is created whole, and its removal restores every file", () => {
    const before = file("compose.yaml");
    expect(scaffold("new", "own", ALL)).toContain("make secret NAME=SCAFFOLD_TEST_OTHER_KEY");
    const { services, secrets, volumes } = parse(file("compose.yaml"), { merge: true });
    expect(services.own).toMatchObject({
      secrets: ["SCAFFOLD_TEST_KEY", "SCAFFOLD_TEST_OTHER_KEY"],
      volumes: ["own-data:/data"],
      networks: { workers: {}, outbound: {} },
    });
    expect(secrets).toMatchObject({ SCAFFOLD_TEST_OTHER_KEY: { file: "./secrets/SCAFFOLD_TEST_OTHER_KEY" } });
    expect(volumes).toHaveProperty("own-data");
    expect(parse(file("gateway/routes/own.yaml")).paths).toEqual({
      "/scaffold-test/notes/*": {},
      "/scaffold-test/notes/health": { public: true },
    });
    expect(file("workers/own.ts")).toContain(
      'export const scaffoldTestOtherKey = secret("SCAFFOLD_TEST_OTHER_KEY");',
    );
    const tests = Bun.spawnSync([process.execPath, "test", "workers/own.test.ts"], { cwd: copy });
    expect(tests.stderr.toString()).toMatch(/2 pass\n 0 fail/);
    expect(nginx()).toBe("");
    mkdirSync(join(copy, "secrets"), { recursive: true });
    writeFileSync(join(copy, "secrets/SCAFFOLD_TEST_OTHER_KEY"), "");
    expect(scaffold("remove", "own")).toContain(
      "Its data stays: own-data\nIts secrets stay: secrets/SCAFFOLD_TEST_OTHER_KEY",
    );
    rmSync(join(copy, "secrets"), { recursive: true });
    expect(file("compose.yaml")).toBe(before);
    expect(["workers/own.ts", "workers/own.test.ts", "gateway/routes/own.yaml"].filter(has)).toEqual([]);
  });

  test("has versions with its secrets and a data folder of their own", () => {
    scaffold("new", "own", ALL);
    const before = file("compose.yaml");
    scaffold("new", "own-next", { ROUTE: "/scaffold-test/notes", HEADER: "X-Group: next" });
    expect(parse(file("compose.yaml"), { merge: true }).services["own-next"]).toMatchObject({
      secrets: ["SCAFFOLD_TEST_KEY", "SCAFFOLD_TEST_OTHER_KEY"],
      volumes: ["own-next-data:/data"],
      networks: { outbound: {} },
    });
    const tests = Bun.spawnSync([process.execPath, "test", "workers/own-next.test.ts"], { cwd: copy });
    expect(tests.stderr.toString()).toMatch(/ 0 fail/);
    expect(nginx()).toBe("");
    scaffold("remove", "own-next");
    expect(file("compose.yaml")).toBe(before);
  });

  test("keeps a secret that another worker has", () => {
    scaffold("new", "own", ALL);
    scaffold("new", "other", { SECRETS: "SCAFFOLD_TEST_OTHER_KEY" });
    scaffold("remove", "own");
    expect(Object.keys(parse(file("compose.yaml")).secrets)).toContain("SCAFFOLD_TEST_OTHER_KEY");
    expect(Object.keys(parse(file("compose.yaml")).secrets)).not.toContain("SCAFFOLD_TEST_KEY");
  });

  test.each([
    [{ ROUTE: "invoices" }, "ROUTE must be a path"],
    [{ ROUTE: "/docs/own" }, "the gateway answers /docs"],
    [{ SECRETS: "api-key" }, "SECRETS: a name is capitals"],
    [{ DATA: "maybe" }, "DATA must be yes or no"],
    [{ ROUTE: "/invoices", PUBLIC: "/health" }, "PUBLIC: a path is below /invoices"],
  ])("%p is refused, and nothing changes", (options, said) => {
    const before = file("compose.yaml");
    expect(scaffold("new", "own", options)).toContain(said);
    expect([has("workers/own.ts"), file("compose.yaml")]).toEqual([false, before]);
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
});
