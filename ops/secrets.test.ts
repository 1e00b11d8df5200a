// make secret, on a copy of the project with a worker that has a secret.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectCopy } from "../tests/lib/project-copy.ts";

let copy = "";
const file = () => join(copy, "secrets/API_KEY");
const mode = (path: string) => statSync(join(copy, path)).mode & 0o777;

beforeAll(() => {
  copy = projectCopy();
  writeFileSync(join(copy, "workers/own.ts"), "");
  const compose = readFileSync(join(copy, "compose.yaml"), "utf8")
    .replace(/^services:$/m, "services:\n  own: { image: own, secrets: [API_KEY, MOUNTED] }")
    .replace(
      /^secrets:$/m,
      "secrets:\n  API_KEY: { file: ./secrets/API_KEY }\n  MOUNTED: { file: ./other/text }",
    );
  writeFileSync(join(copy, "compose.yaml"), compose);
});
beforeEach(() => rmSync(join(copy, "secrets"), { recursive: true, force: true }));
afterAll(() => rmSync(copy, { recursive: true }));

function secret(input: string | Buffer, env: Record<string, string> = {}) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    ["bash", "-c", 'umask 077 && exec "$0" ops/cli.ts secret', process.execPath],
    { cwd: copy, env: { PATH: process.env["PATH"], NAME: "API_KEY", ...env }, stdin: Buffer.from(input) },
  );
  return { exitCode, said: `${stdout}${stderr}`.trim() };
}

/** What a start says of the workers that it leaves out. */
function missing(): string {
  const code = 'import { reportMissingSecrets as r } from "./ops/host/missing-secrets.ts"; r("started");';
  const { stderr } = Bun.spawnSync([process.execPath, "-e", code], {
    cwd: copy,
    env: { PATH: process.env["PATH"] },
  });
  return stderr.toString();
}

test("a new secret: a file that containers can read in a folder closed to other users", () => {
  expect(secret("two\nlines\n")).toEqual({
    exitCode: 0,
    said: "secrets/API_KEY written: make start-project starts own",
  });
  expect(readFileSync(file(), "utf8")).toBe("two\nlines");
  expect([mode("secrets"), mode("secrets/API_KEY")]).toEqual([0o700, 0o644]);
});

test("a changed secret is rewritten in place, an equal one is left alone", () => {
  secret("first");
  chmodSync(file(), 0o444);
  const { ino } = statSync(file());
  expect(secret("second\n").said).toBe("secrets/API_KEY changed: make deploy applies it");
  const { mtimeMs } = statSync(file());
  expect(secret("second").said).toBe("secrets/API_KEY is unchanged");
  expect(readFileSync(file(), "utf8")).toBe("second");
  expect(statSync(file())).toMatchObject({ ino, mtimeMs, mode: 0o100644 });
});

test("a generated secret is not printed", () => {
  const { said } = secret("", { GENERATE: "yes" });
  const text = readFileSync(file(), "utf8");
  expect(text).toHaveLength(32);
  expect(said).not.toContain(text);
});

test("the file that compose.yaml names, in a folder with its own mode, is closed itself", () => {
  mkdirSync(join(copy, "other"));
  chmodSync(join(copy, "other"), 0o755);
  expect(secret("text", { NAME: "MOUNTED" }).said).toStartWith("other/text written: ");
  expect([mode("other"), mode("other/text")]).toEqual([0o755, 0o600]);
});

test("a secret that no worker reads is written, and the command says so", () => {
  expect(secret("text", { NAME: "UNUSED" })).toEqual({
    exitCode: 0,
    said: "secrets/UNUSED written: no worker reads it: list it in the worker's secrets in compose.yaml",
  });
});

const refused: [string, string, Record<string, string>, string][] = [
  ["an empty text", "\n", {}, "error: the text is empty; nothing was changed"],
  ["a path", "text", { NAME: "../KEY" }, "error: set NAME=… to a secret's name, such as API_KEY"],
  ["no name", "text", { NAME: "" }, "error: set NAME=… to a secret's name, such as API_KEY"],
];
for (const [name, input, env, said] of refused) {
  test(`${name} is refused with one line`, () => expect(secret(input, env)).toEqual({ exitCode: 1, said }));
}

for (const [what, text] of Object.entries({ "a NUL byte": "a\0b", "invalid UTF-8": "\xff\xfe" })) {
  test(`${what} is refused with one line`, () => {
    secret("text");
    expect(secret(Buffer.from(text, "latin1"))).toEqual({
      exitCode: 1,
      said: "error: the text holds a NUL byte or is not UTF-8; encode it: base64 -w0 FILE | make secret NAME=API_KEY",
    });
    expect(readFileSync(file(), "utf8")).toBe("text");
  });
}

test("nothing is written or read through a link, of the file or its folder", () => {
  const target = join(copy, "target");
  mkdirSync(target);
  for (const name of ["API_KEY", "text"]) writeFileSync(join(target, name), "other");
  mkdirSync(join(copy, "secrets"));
  symlinkSync(join(target, "API_KEY"), file());
  expect(secret("text").said).toBe("error: secrets/API_KEY is a link; remove it first: rm secrets/API_KEY");
  expect(missing()).toContain("secrets/API_KEY is a link; write the text itself: make secret NAME=API_KEY\n");
  rmSync(file());
  symlinkSync(join(copy, "nowhere"), file());
  expect(secret("text").said).toBe("error: secrets/API_KEY is a link; remove it first: rm secrets/API_KEY");
  rmSync(join(copy, "secrets"), { recursive: true });
  chmodSync(target, 0o755);
  symlinkSync(target, join(copy, "secrets"));
  expect(secret("text").said).toBe("error: secrets is a link; remove it first: rm secrets");
  expect(readFileSync(join(target, "API_KEY"), "utf8")).toBe("other");
  expect(statSync(target).mode & 0o777).toBe(0o755);
});

test("a folder in the file's place is refused with one line", () => {
  mkdirSync(file(), { recursive: true });
  expect(secret("text").said).toBe(
    "error: secrets/API_KEY is a folder, which Docker makes for a missing file: rmdir secrets/API_KEY",
  );
});
