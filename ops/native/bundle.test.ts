import { afterAll, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionOf } from "../../workers/build/version.ts";
import { artefact, contents } from "./artefacts.ts";
import { bundleWorkers } from "./bundle.ts";

const root = mkdtempSync(join(tmpdir(), "versions-"));
afterAll(() => rmSync(root, { recursive: true }));
const store = join(root, "versions");
const names = ["own", "other"];

mkdirSync(join(root, "workers"));
const write = (file: string, text: string) => writeFileSync(join(root, "workers", file), text);
for (const name of names)
  write(
    `${name}.ts`,
    `import data from "./data.bin" with { type: "file" };
import { word } from "./word.ts";
console.log(word, "${name}", await Bun.file(data).text());
`,
  );
write("data.bin", "data");
write("word.ts", 'export const word: string = "before";');

const build = () => bundleWorkers(names, root, store);

/** The version of what is kept. */
function versionOfKept(name: string, version: string): string {
  const folder = artefact(name, version, store);
  const assets = readdirSync(folder).filter((file) => file.endsWith(".bin"));
  expect(assets).toHaveLength(1);
  const read = (file: string) => readFileSync(join(folder, file));
  return versionOf(read(`${name}.js`).toString(), new Map(assets.map((file) => [file, read(file)])), []);
}

test("equal sources give the versions that are kept", async () => {
  const versions = await build();
  expect(await build()).toEqual(versions);
  for (const [name, version] of Object.entries(versions)) expect(versionOfKept(name, version)).toBe(version);
});

test("a damaged version is kept anew", async () => {
  const { own = "" } = await build();
  truncateSync(join(artefact("own", own, store), "own.js"));
  await build();
  expect(contents(artefact("own", own, store))).toBeDefined();
});

test("a file that changes during a build: what is kept has its own version, and the next build has the change", async () => {
  const versions = build();
  while (!existsSync(join(store, "build.new/own.js"))) await Bun.sleep(1);
  write("word.ts", 'export const word: string = "after";');
  write("data.bin", "date");
  for (const [name, version] of Object.entries(await versions))
    expect(versionOfKept(name, version)).toBe(version);
  for (const [name, version] of Object.entries(await build())) {
    expect(versionOfKept(name, version)).toBe(version);
    expect(readFileSync(join(artefact(name, version, store), `${name}.js`), "utf8")).toContain("after");
  }
});

test("a build error is one line, and nothing is left of the build", async () => {
  write("own.ts", "export const a = ;");
  await expect(build()).rejects.toThrow("workers/own.ts:1:18: Unexpected ;");
  expect(existsSync(join(store, "build.new"))).toBe(false);
});
