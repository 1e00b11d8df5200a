// The table of settings, and its copies in compose.yaml, ops/swarm/stack.yaml and the documentation.
import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { projectCopy } from "../../tests/lib/project-copy.ts";
import { variablesOf } from "./interpolate.ts";
import { ROOT, workers } from "./project.ts";
import { resolveSettings, rowOf, table } from "./table.ts";
import { validateSettings } from "./validate.ts";

const standard = (name: string) => rowOf(name)?.default ?? "no such setting";

test("names are unique, and every default passes its check", () => {
  expect(new Set(table.map(({ name }) => name)).size).toBe(table.length);
  validateSettings(resolveSettings({}));
});

const copy = projectCopy();
afterAll(() => rmSync(copy, { recursive: true }));

test("the environment overrides .env, even when empty, and an empty value means the default", () => {
  writeFileSync(join(copy, ".env"), "RATE_LIMIT=20r/s\nRATE_BURST=7\nAUTH_BURST=8\nGATEWAY_PASSWORD=\n");
  const { stdout } = Bun.spawnSync([process.execPath, "ops/cli.ts", "settings"], {
    cwd: copy,
    env: { PATH: process.env["PATH"], RATE_LIMIT: "", RATE_BURST: "9" },
  });
  const lines = stdout.toString().split("\n");
  for (const line of ["RATE_LIMIT='10r/s'", "RATE_BURST='9'", "AUTH_BURST='8'", "GATEWAY_PASSWORD='admin'"])
    expect(lines).toContain(line);
});

type Tree = string | number | boolean | null | { [key: string]: Tree };

/** The variables of every value with their defaults. */
function defaults(tree: Tree): [name: string, value: string][] {
  if (typeof tree === "string") return variablesOf(tree, {}).map(([name, value = ""]) => [name, value]);
  return tree !== null && typeof tree === "object" ? Object.values(tree).flatMap(defaults) : [];
}

for (const file of ["compose.yaml", "ops/swarm/stack.yaml"]) {
  test(`${file} uses the table's defaults, and other variables only in workers`, () => {
    const tree = parse(readFileSync(join(ROOT, file), "utf8"), { merge: true, logLevel: "error" });
    const inWorkers = new Set(
      workers().flatMap(({ name }) => defaults(tree.services[name] ?? {}).map(([own]) => own)),
    );
    const found = defaults(tree).filter(([name]) => rowOf(name) || !inWorkers.has(name));
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(found.map(([name]) => [name, standard(name)]));
  });
}

/** The code spans of each cell of a Markdown table row. */
const cells = (line: string) =>
  line.split("|").map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code));
const VARIABLE = /^\|(?: *`[A-Z][A-Z_]+`,?)+ *\|/;

test("Markdown tables: rows that begin with variables name settings, with their defaults where given", () => {
  const folders = new Bun.Glob(
    "{benchmarks,docs,gateway,loadtests,model,monitoring,ops,tests,workers}/**/*.md",
  );
  const rows = ["README.md", ...folders.scanSync({ cwd: ROOT })]
    .flatMap((file) => readFileSync(join(ROOT, file), "utf8").split("\n"))
    .filter((line) => VARIABLE.test(line))
    .map(cells);
  expect(rows.length).toBeGreaterThan(0);
  for (const [, names = [], values = []] of rows) {
    for (const name of names) expect(name).toBeOneOf(table.map((row) => row.name));
    if (values.length > 0) expect([names, values]).toEqual([names, names.map(standard)]);
  }
});
