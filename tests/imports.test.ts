// Import rules. In ops/, a layer imports only lower layers:
//   cli > lifecycle, print, users, secrets, maintenance, dev > scaffold, doctor, release > runtime > native, compose, swarm > host > settings
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ROOT } from "../ops/settings/project.ts";

/** The layers of ops/, lowest first. Parts of a layer, such as the adapters, do not import each other. */
const LAYERS = [
  ["settings"],
  ["host"],
  ["native", "compose", "swarm", "kubernetes"],
  ["runtime"],
  ["scaffold", "doctor", "release"],
  ["lifecycle", "print", "users", "secrets", "maintenance", "dev"],
  ["cli"],
];

/** The parts of ops/ that each other folder may import. */
const ALLOWED: Record<string, string[]> = {
  gateway: ["settings"],
  workers: [],
  model: ["settings"], // errors of its commands
  monitoring: ["settings", "host"],
  loadtests: ["settings", "host", "native"], // native: a load test stops and starts a replica
  benchmarks: ["settings", "host", "native", "lifecycle"],
};

// With this option Bun keeps imports that are used as types only.
const scanner = new Bun.Transpiler({
  loader: "ts",
  tsconfig: JSON.stringify({ compilerOptions: { verbatimModuleSyntax: true } }),
});
const glob = new Bun.Glob("{ops,gateway,workers,model,monitoring,loadtests,benchmarks,tests}/**/*.{ts,js}");
const files = [...glob.scanSync(ROOT)].filter((file) => !file.includes("node_modules"));

function importsOf(text: string, from: string): string[] {
  return scanner
    .scanImports(text)
    .filter(({ path }) => path.startsWith("."))
    .map(({ path }) => relative(ROOT, resolve(ROOT, dirname(from), path)));
}

interface Import {
  from: string;
  to: string;
}
/** Every import between files of the project; with `types` also type-only imports. */
function imports(types: boolean): Import[] {
  return files.flatMap((from) => {
    const text = readFileSync(join(ROOT, from), "utf8");
    const read = types ? text.replace(/^(import|export) type (?=[{*])/gm, "$1 ") : text;
    return importsOf(read, from).map((to) => ({ from, to }));
  });
}
const all = imports(true);

/** A file's part of ops/: its folder, or its name at the top level; undefined outside. */
function part(file: string): string | undefined {
  const [room, name = ""] = file.split("/");
  return room === "ops" ? name.replace(/(\.test)?\.ts$/, "") : undefined;
}
const layer = (name: string) => LAYERS.findIndex((names) => names.includes(name));
const isTest = (file: string) => file.endsWith(".test.ts");
const show = ({ from, to }: Import) => `${from} imports ${to}`;

test("imports are found", () => expect(all.length).toBeGreaterThan(500));

test("every part of ops/ has a layer", () => {
  const parts = new Set(files.filter((file) => !isTest(file)).flatMap((file) => part(file) ?? []));
  expect([...parts].filter((name) => layer(name) < 0)).toEqual([]);
});

test("ops/ imports only lower layers, and no adapter imports another", () => {
  const wrong = all.filter(({ from, to }) => {
    const [above, below] = [part(from), part(to)];
    if (isTest(from) || above === undefined || below === undefined || above === below) return false;
    return layer(above) <= layer(below);
  });
  expect(wrong.map(show)).toEqual([]);
});

test("ops/ imports nothing of what it runs and tests, except the gateway's files, the workers' build, the contracts with a shadow and a canary, and statistics", () => {
  const wrong = all.filter(
    ({ from, to }) =>
      part(from) !== undefined &&
      !isTest(from) &&
      !/^(ops|gateway|workers\/build|workers\/runtime\/statistics)\/|\/(shadow|canary)\/contract\.ts$|^package\.json$/.test(
        to,
      ),
  );
  expect(wrong.map(show)).toEqual([]);
});

for (const [room, allowed] of Object.entries(ALLOWED)) {
  test(`${room}/ imports from ops/ only: ${allowed.join(", ") || "nothing"}`, () => {
    const wrong = all.filter(({ from, to }) => {
      const imported = part(to);
      return from.startsWith(`${room}/`) && imported !== undefined && !allowed.includes(imported);
    });
    expect(wrong.map(show)).toEqual([]);
  });
}

test("there is no import cycle", () => {
  const next = Map.groupBy(imports(false), ({ from }) => from);
  const done = new Set<string>();
  function cycle(file: string, path: string[]): string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const { to } of next.get(file) ?? []) {
      const found = cycle(to, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  }
  expect(files.flatMap((file) => cycle(file, []) ?? [])).toEqual([]);
});
