import { afterAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { projectCopy } from "../../tests/lib/project-copy.ts";
import { type Bundle, bundle } from "./build.ts";
import { compile } from "./compile.ts";
import { codeOf, codeOfCompiled, versionOf } from "./version.ts";

setDefaultTimeout(60_000); // each builds several workers
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

/** A package that is not an ES module, with what depends on the folder and the platform of a build. */
const WHERE = `let found = "nothing";
try { found = require.resolve("plain-file"); } catch {}
const set = __dirname.startsWith("/") && process.platform + process.env.BUN_ENV;
module.exports = [__dirname, __filename, found, set];`;

const out = mkdtempSync(join(tmpdir(), "bundles-"));
const elsewhere = join(out, "a folder/node_modules/project");
mkdirSync(dirname(elsewhere), { recursive: true });
renameSync(projectCopy(), elsewhere);
const copies = [projectCopy(), elsewhere, projectCopy()];
const [copy = "", second = "", third = ""] = copies;
afterAll(() => {
  for (const folder of [...copies, out]) rmSync(folder, { recursive: true });
});

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, "workers", path)), { recursive: true });
  writeFileSync(join(root, "workers", path), text);
}

function packages(root: string, version = "1.0.0"): void {
  write(root, "node_modules/where/package.json", '{"name":"where","version":"1.0.0"}');
  write(root, "node_modules/where/index.js", WHERE);
  write(root, "node_modules/addon/package.json", `{"name":"addon","version":"${version}"}`);
  write(root, "node_modules/addon/index.js", `module.exports = require("./${HERE}.node");`);
  write(root, `node_modules/addon/${HERE}.node`, "napi_register_module_v1");
}

beforeEach(() => {
  for (const root of copies) {
    packages(root);
    write(root, "node_modules/plain-file/index.js", "exports.a = 1;");
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

const bundles = (root: string) => bundle(root, ["own", "another"], join(out, "bundle"));
const versions = async (root: string) => (await bundles(root)).map(({ version }) => version);

/** One worker without addons, of this source. */
async function bundleOf(source: string): Promise<Bundle> {
  write(copy, "one.ts", source);
  const [built] = await bundle(copy, ["one"], join(out, "one"));
  if (!built) throw new Error("no bundle");
  return built;
}

test("a version has 12 hex digits and is that of its worker", async () => {
  const [own, another] = await versions(copy);
  expect(own).toMatch(/^[0-9a-f]{12}$/);
  expect(another).not.toBe(own);
});

test("equal sources have equal versions, in any folder, at any time, and no path of the machine in the code", async () => {
  const before = await versions(copy);
  utimesSync(join(second, "workers/own.ts"), 1, 1);
  const after = await bundles(second);
  expect(after.map(({ version }) => version)).toEqual(before);
  for (const { source } of after) expect(source).not.toContain(out);
});

test("a compiled binary has the code and the assets of the bundle, with the paths of where it runs", async () => {
  const binary = join(out, "binary");
  const source = `import where from "where";
import data from "./own.bin" with { type: "file" };
console.log(JSON.stringify([...where, await Bun.file(data).text()]));
`;
  const built = await bundleOf(source);
  expect(await compile(copy, "one", binary)).toBe(codeOf(built.source));
  const run = (...command: string[]) =>
    JSON.parse(Bun.spawnSync(command, { cwd: join(out, "one") }).stdout.toString());
  const set = "linuxproduction";
  expect(run(binary)).toEqual(["/$bunfs/root", "/$bunfs/root/binary", "nothing", set, "data"]);
  const file = join(out, "one/one.js");
  const native = run(process.execPath, "--no-install", file);
  expect(native).toEqual([dirname(file), file, "nothing", set, "data"]);
});

test("the last lines of a source map are not part of the code, those in a text are", () => {
  const lines = "\n//# debugId=1\n//# sourceMappingURL=own.js.map\n";
  expect(codeOf(`a(\`${lines}\`);\n${lines}`)).toBe(`a(\`${lines}\`);`);
  expect(codeOf("a();\n")).toBe("a();");
  expect(codeOfCompiled('// @bun @bytecode\na("/$bunfs/root/b.bin");\n')).toBe('// @bun\na("./b.bin");');
});

test("the contents of an asset are part of the version, besides its name", () => {
  const [one, same, other] = ["1", "1", "2"].map((byte) =>
    versionOf("code", new Map([["a.bin", Buffer.from(byte)]]), []),
  );
  expect(same).toBe(one);
  expect(other).not.toBe(one);
});

test("a source can be imported as a text, and a macro runs once", async () => {
  const log = join(out, "macro.log");
  const macro = `import { appendFileSync } from "node:fs";
export function ran() { appendFileSync(${JSON.stringify(log)}, "x"); return 1; }
`;
  write(copy, "macro.ts", macro);
  write(copy, "text.ts", "export const a = 1; // a text");
  const imports = `import text from "./text.ts" with { type: "text" };
import { ran } from "./macro.ts" with { type: "macro" };
`;
  const { source } = await bundleOf(`${imports}console.log(text, ran());`);
  expect(source).toContain("// a text");
  expect(readFileSync(log, "utf8")).toBe("x");
});

test("an image has the version of the bundle, and one whose binary is another build is refused", async () => {
  write(copy, "chance.ts", "export const random = () => Math.random();");
  const imports = 'import { random } from "./chance.ts" with { type: "macro" };';
  const image = () =>
    Bun.spawnSync([process.execPath, "workers/build/image.ts", "one", join(out, "image")], { cwd: copy });
  const { version } = await bundleOf("console.log(1);");
  expect(image().exitCode).toBe(0);
  expect(readFileSync(join(out, "image/version"), "utf8")).toBe(version);
  await bundleOf(`${imports}console.log(random());`);
  expect(image().stderr.toString()).toStartWith("error: workers/one.ts: two builds of it differ: a macro");
});

test("files of other folders are refused, package.json is not", async () => {
  mkdirSync(join(copy, "lib"), { recursive: true });
  writeFileSync(join(copy, "lib/word.ts"), 'export const word = "w";');
  const said =
    "the workers do not build: workers/one.ts imports lib/word.ts, which is not in an image: move it below workers/";
  for (const path of ["../lib/word.ts", join(copy, "lib/word.ts")])
    await expect(bundleOf(`import { word } from "${path}";\nconsole.log(word);`)).rejects.toThrow(said);
  await bundleOf('import { license } from "../package.json";\nconsole.log(license);');
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

const EDITS: [string, (source: string) => string][] = [
  ["a comment", (source) => `// a comment\n${source.replaceAll("\n", " /* another */\n")}`],
  ["white space", (source) => source.replaceAll("\n", "\n\n  ").replaceAll("{ ", "{\n\n\t")],
  ["the end of lines", (source) => source.replaceAll("\n", "\r\n")],
];
test.each(EDITS)("%s does not change it", async (_what, edit) => {
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
  ["a legal comment, which a bundle keeps", () => write(copy, "own.ts", `/*! (c) */${SOURCE}`), true, false],
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
