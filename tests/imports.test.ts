// Who may import what. In ops/, imports run downwards only:
//   cli > lifecycle, print, users, dev > scaffold, doctor, release > runtime > native, compose, swarm > host > settings
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { ROOT } from "../ops/settings/project.ts";

/** Parts of ops/ by height. Parts of the same height, so the adapters of the runtimes, do not import each other. */
const FLOORS = [
  ["settings"],
  ["host"],
  ["native", "compose", "swarm", "kubernetes"],
  ["runtime"],
  ["scaffold", "doctor", "release"],
  ["lifecycle", "print", "users", "dev"],
  ["cli"],
];

/** What the other rooms may import of ops/; of gateway/, workers/ and model/, this is all that ties them to it. */
const ALLOWED: Record<string, string[]> = {
  gateway: ["settings"],
  workers: [],
  model: ["settings"], // how its commands end with one line
  monitoring: ["settings", "host"],
  loadtests: ["settings", "host", "native"], // native: a load test ends a replica and starts it again
  benchmarks: ["settings", "host", "native", "lifecycle"],
};

// Bun drops an import that is used as a type only; with this option it keeps it.
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
/** Every import between files of the project; `types`: also those of types alone, which do not exist at run time. */
function imports(types: boolean): Import[] {
  return files.flatMap((from) => {
    const text = readFileSync(join(ROOT, from), "utf8");
    const read = types ? text.replace(/^(import|export) type (?=[{*])/gm, "$1 ") : text;
    return importsOf(read, from).map((to) => ({ from, to }));
  });
}
const all = imports(true);

/** A file's part of ops/: its folder, or its own name at the top; undefined outside. */
function part(file: string): string | undefined {
  const [room, name = ""] = file.split("/");
  return room === "ops" ? name.replace(/(\.test)?\.ts$/, "") : undefined;
}
const floor = (name: string) => FLOORS.findIndex((names) => names.includes(name));
const isTest = (file: string) => file.endsWith(".test.ts");
const show = ({ from, to }: Import) => `${from} imports ${to}`;

test("there are imports to look at", () => expect(all.length).toBeGreaterThan(500));

test("every part of ops/ has its floor", () => {
  const parts = new Set(files.filter((file) => !isTest(file)).flatMap((file) => part(file) ?? []));
  expect([...parts].filter((name) => floor(name) < 0)).toEqual([]);
});

test("ops/: imports run downwards, and no adapter imports another", () => {
  const wrong = all.filter(({ from, to }) => {
    const [above, below] = [part(from), part(to)];
    if (isTest(from) || above === undefined || below === undefined || above === below) return false;
    return floor(above) <= floor(below);
  });
  expect(wrong.map(show)).toEqual([]);
});

test("ops/ imports nothing of what it runs and tests, except the gateway's renderer and password file", () => {
  const wrong = all.filter(
    ({ from, to }) =>
      part(from) !== undefined && !isTest(from) && !/^(ops|gateway)\/|^package\.json$/.test(to),
  );
  expect(wrong.map(show)).toEqual([]);
});

for (const [room, allowed] of Object.entries(ALLOWED)) {
  test(`${room}/ imports of ops/: ${allowed.join(", ") || "nothing"}`, () => {
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
