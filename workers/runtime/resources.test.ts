import { Database } from "bun:sqlite";
import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder, secret } from "./resources.ts";

const RUNTIME = join(import.meta.dir, "index.ts");
const base = mkdtempSync(join(tmpdir(), "resources-"));
chmodSync(base, 0o755);
/** Root may write everywhere. */
const drop = process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
afterAll(() => rmSync(base, { recursive: true }));

const { SECRETS_DIR, DATA_DIR, NODE_ENV } = process.env;
beforeEach(() => {
  process.env["SECRETS_DIR"] = base;
  delete process.env["DATA_DIR"];
});
afterEach(() => {
  const before = { SECRETS_DIR, DATA_DIR, NODE_ENV };
  for (const [name, value] of Object.entries(before))
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
});

/** Runs a worker module in a process of its own, from its bundle as native mode does. */
async function runWorker(source: string, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(base, "worker-"));
  writeFileSync(join(folder, "own.ts"), `import * as runtime from "${RUNTIME}";\n${source}`);
  const built = await Bun.build({
    entrypoints: [join(folder, "own.ts")],
    target: "bun",
    outdir: folder,
    minify: { whitespace: true, syntax: true },
  });
  expect(built.success).toBe(true);
  chmodSync(folder, 0o755);
  const child = Bun.spawn([...drop, process.execPath, join(folder, "own.js")], {
    env: { PATH: process.env["PATH"], SECRETS_DIR: base, NODE_ENV: "production", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, stdout, stderr };
}

test("a secret is its file's text without one newline at the end, read once", () => {
  writeFileSync(join(base, "API_KEY"), "a b\n\n");
  const apiKey = secret("API_KEY");
  expect(apiKey()).toBe("a b\n");
  writeFileSync(join(base, "API_KEY"), "other");
  expect(apiKey()).toBe("a b\n");
});

test("a missing secret is an error only when it is used, and can be there later", () => {
  const late = secret("LATE_KEY");
  const message = `the secret LATE_KEY is missing: no text in ${base}/LATE_KEY; compose.yaml lists it in the worker's secrets, make secret NAME=LATE_KEY writes it`;
  expect(late).toThrow(message);
  writeFileSync(join(base, "LATE_KEY"), "\n");
  expect(late).toThrow(message);
  writeFileSync(join(base, "LATE_KEY"), "now");
  expect(late()).toBe("now");
});

test("a secret's name cannot be a path", () => {
  for (const name of ["../KEY", "key", "", "A-B", "1A"]) expect(() => secret(name)).toThrow(TypeError);
});

test("serve ends with one line and exit code 1 when a registered secret is missing", async () => {
  const source = 'runtime.secret("NO_KEY");\nruntime.serve(runtime.worker("own", { description: "" }));';
  const { code, stderr } = await runWorker(source);
  expect([code, stderr]).toEqual([
    1,
    `error: the secret NO_KEY is missing: no text in ${base}/NO_KEY; compose.yaml lists it in the worker's secrets, make secret NAME=NO_KEY writes it\n`,
  ]);
});

test("a worker module is imported without its secret", async () => {
  const { code, stderr } = await runWorker('runtime.secret("NO_KEY");');
  expect([code, stderr]).toEqual([0, ""]);
});

test("a test gets one temporary folder, in which a database can be opened", () => {
  const folder = dataFolder();
  expect(dataFolder()).toBe(folder);
  const database = new Database(join(folder, "own.sqlite"));
  database.run("create table one (id integer)");
  database.close();
});

test("the temporary folder is removed at the end of the process", async () => {
  const { code, stdout } = await runWorker("console.log(runtime.dataFolder());", { NODE_ENV: "" });
  expect(code).toBe(0);
  expect(stdout).toStartWith(join(tmpdir(), "worker-data-"));
  expect(existsSync(stdout.trim())).toBe(false);
});

test("DATA_DIR names the folder, which must be there", () => {
  process.env["DATA_DIR"] = join(base, "data");
  expect(dataFolder).toThrow(`the data folder ${base}/data is missing: mount a volume at /data`);
  mkdirSync(join(base, "data"));
  expect(dataFolder()).toBe(join(base, "data"));
  process.env["DATA_DIR"] = "";
  expect(dataFolder).toThrow("the data folder of this worker is missing");
});

test("a folder that is not writable is an error", async () => {
  const { stderr } = await runWorker("runtime.dataFolder();", { DATA_DIR: "/" });
  expect(stderr).toMatch(/^error: the data folder \/ is not writable for user \d+$/m);
});

test("in production there is no temporary folder", async () => {
  const { code, stdout, stderr } = await runWorker("console.log(runtime.dataFolder());", { DATA_DIR: "" });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("error: the data folder of this worker is missing");
  if (existsSync("/data")) return;
  expect((await runWorker("runtime.dataFolder();")).stderr).toContain("the data folder /data is missing");
});
