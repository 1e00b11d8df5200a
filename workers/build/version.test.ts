import { afterAll, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectCopy } from "../../tests/lib/project-copy.ts";
import { bundle } from "./build.ts";

const HERE = `${process.platform}-${process.arch}`;
const SOURCE = `import { serve, worker } from "./runtime/index.ts";
import where from "where";
import addon from "addon";
import data from "./own.bin" with { type: "file" };
const app = worker("own", { description: "/* none */" }).get("/own", () => {
  const mode = process.env.NODE_ENV;
  return { where, addon, data, mode };
});
if (import.meta.main) serve(app);
`;

const copies = [projectCopy(), projectCopy(), projectCopy()];
const [copy = "", second = "", third = ""] = copies;
const out = mkdtempSync(join(tmpdir(), "bundles-"));
afterAll(() => {
  for (const folder of [...copies, out]) rmSync(folder, { recursive: true });
});

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, "workers", path)), { recursive: true });
  writeFileSync(join(root, "workers", path), text);
}

function packages(root: string, version = "1.0.0"): void {
  write(root, "node_modules/where/package.json", '{"name":"where","version":"1.0.0"}');
  write(root, "node_modules/where/index.js", "module.exports = [__dirname, __filename];");
  write(root, "node_modules/addon/package.json", `{"name":"addon","version":"${version}"}`);
  write(root, "node_modules/addon/index.js", `module.exports = require("./${HERE}.node");`);
  write(root, `node_modules/addon/${HERE}.node`, "napi_register_module_v1");
}

beforeEach(() => {
  for (const root of copies) {
    packages(root);
    write(root, "own.ts", SOURCE);
    write(root, "own.bin", "data");
    write(
      root,
      "another.ts",
      SOURCE.replace(/.*own.bin.*\n/, "")
        .replaceAll('"own"', '"another"')
        .replace("data, ", ""),
    );
  }
});

async function versions(
  root: string,
  sourcemap: "linked" | "none" = "none",
): Promise<(string | undefined)[]> {
  const built = await bundle(root, ["own", "another"], join(out, "bundle"), sourcemap);
  return built.map(({ version }) => version);
}

test("a version has 12 hex digits and is that of its worker", async () => {
  const [own, another] = await versions(copy);
  expect(own).toMatch(/^[0-9a-f]{12}$/);
  expect(another).not.toBe(own);
});

test("equal sources have equal versions, in any folder, at any time, with or without a source map", async () => {
  const before = await versions(copy, "linked");
  utimesSync(join(second, "workers/own.ts"), 1, 1);
  expect(await versions(second)).toEqual(before);
});

test("the version is that of the code for production, whatever NODE_ENV is where it is built", async () => {
  const before = await versions(copy);
  const own = process.env["NODE_ENV"] ?? "";
  for (const mode of ["production", "development"]) {
    process.env["NODE_ENV"] = mode;
    const after = await versions(copy);
    process.env["NODE_ENV"] = own;
    expect(after).toEqual(before);
  }
  const code = readFileSync(join(out, "bundle/own.js"), "utf8");
  expect(code.match(/\bmode:[^}]*/g)?.at(-1)).toBe('mode:"production"');
});

/** Comments that a bundle keeps split what it joins otherwise: at each line's start and before each statement. */
const COMMENTS: [string, (source: string) => string][] = [
  ["a comment", (source) => `// a comment\n${source.replaceAll("\n", " /* another */\n")}`],
  ["white space", (source) => source.replaceAll("\n", "\n\n  ").replaceAll("{ ", "{\n\n\t")],
  ["a legal comment", (source) => source.replaceAll(/^|\n *(?=const|return|if)/g, "$&/*! (c) @license */")],
  ["a legal comment of a line", (source) => source.replaceAll(/^|\n *(?=const|return|if)/g, "$&//! (c)\n")],
];
test.each(COMMENTS)("%s does not change it", async (_what, edit) => {
  const before = await versions(copy);
  expect(edit(SOURCE)).not.toBe(SOURCE);
  write(copy, "own.ts", edit(SOURCE));
  expect(await versions(copy)).toEqual(before);
});

const CHANGES: [string, () => void, boolean, boolean][] = [
  [
    "code",
    () => write(copy, "own.ts", SOURCE.replace("GET", "POST").replace('"/own"', '"/other"')),
    true,
    false,
  ],
  [
    "a text that looks like a comment",
    () => write(copy, "own.ts", SOURCE.replace("/* none", "/*! none")),
    true,
    false,
  ],
  ["a byte of an asset", () => write(copy, "own.bin", "date"), true, false],
  [
    "the code of a package in the bundle",
    () => write(copy, "node_modules/where/index.js", "exports.a = 1;"),
    true,
    true,
  ],
  ["what another worker imports", () => write(copy, "another.ts", "export const a = 1;"), false, true],
];
test.each(CHANGES)("%s changes that of the workers that have it", async (_what, change, own, another) => {
  const before = await versions(copy);
  change();
  const after = await versions(copy);
  expect(after.map((version, i) => version !== before[i])).toEqual([own, another]);
});

test("the version of a package beside it changes it", async () => {
  packages(third, "1.0.1"); // a build reads a package's manifest once
  const [before, after] = [await versions(copy), await versions(third)];
  expect(after.map((version, i) => version !== before[i])).toEqual([true, true]);
});

test("the project's version and the packages that a worker does not import do not change it", async () => {
  const before = await versions(copy);
  const path = join(copy, "package.json");
  const text = readFileSync(path, "utf8");
  const manifest = JSON.parse(text);
  manifest.dependencies["another-package"] = "1.0.0";
  writeFileSync(path, JSON.stringify({ ...manifest, version: "9.9.9" }));
  const after = await versions(copy);
  writeFileSync(path, text);
  expect(after).toEqual(before);
});
