import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectCopy } from "../../../tests/lib/project-copy.ts";
import { run } from "../run.ts";
import { openWorkerSecrets, workerMayRead } from "./worker-secrets.ts";

let copy = "";
const mode = (name: string) => statSync(join(copy, name)).mode & 0o777;
const write = (name: string, fileMode: number) => {
  writeFileSync(join(copy, name), "text");
  chmodSync(join(copy, name), fileMode);
};
beforeEach(() => {
  copy = projectCopy();
  mkdirSync(join(copy, "secrets"));
});
afterEach(() => rmSync(copy, { recursive: true }));

test("the folder secrets/ is closed and its files are readable, whatever their modes were", () => {
  openWorkerSecrets(join(copy, "missing"));
  write("secrets/A", 0o600);
  chmodSync(join(copy, "secrets"), 0o755);
  openWorkerSecrets(join(copy, "secrets"));
  expect([mode("secrets"), mode("secrets/A")]).toEqual([0o700, 0o644]);
});

test("a file elsewhere must be readable for the user of the container", () => {
  write("A", 0o640);
  expect(workerMayRead(join(copy, "A"))).toBe(false);
  chmodSync(join(copy, "A"), 0o604);
  expect(workerMayRead(join(copy, "A"))).toBe(true);
});

/** Runs in the copy; the worker `own` has the secret KEY in this file. */
function startable(file: string) {
  const compose = join(copy, "compose.yaml");
  const own =
    "services:\n  own: { image: i, secrets: [KEY] }\n  other: { image: i }\n" +
    `secrets: { KEY: { file: ${file} } }\n`;
  const settings = readFileSync(compose, "utf8").split(/^services:/m)[0] ?? "";
  writeFileSync(compose, settings + own);
  for (const name of ["own", "other"]) writeFileSync(join(copy, `workers/${name}.ts`), "");
  const script = `import { startableHere } from "${copy}/ops/host/docker/worker-secrets.ts";
    console.log(startableHere("started").map(({ name }) => name).join(" "))`;
  return run([process.execPath, "-e", script], { env: { KEYS: copy } });
}

test("a worker without its secret is left out, with a line that says how to add it", () => {
  expect(startable("./secrets/KEY")).toEqual({
    ok: true,
    stdout: "other",
    stderr: "warning: own is not started: secret KEY is missing: make secret NAME=KEY",
  });
  write("secrets/KEY", 0o644);
  expect(startable("./secrets/KEY")).toEqual({ ok: true, stdout: "own other", stderr: "" });
});

test("a worker whose secret the container's user cannot read is left out, with the command that opens it", () => {
  write("KEY", 0o600);
  expect(startable("./KEY")).toEqual({
    ok: true,
    stdout: "other",
    stderr: `warning: own is not started: secret KEY is not readable for the user of the container: chmod o+r ${copy}/KEY`,
  });
});
