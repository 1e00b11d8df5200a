// make add, on a copy of the project, without a registry.
import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { projectCopy } from "../../tests/lib/project-copy.ts";

const copy = projectCopy();
afterAll(() => rmSync(copy, { recursive: true }));
const files = () => ["package.json", "bun.lock"].map((name) => readFileSync(join(copy, name), "utf8"));

function add(wanted: string) {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "ops/cli.ts", "add"], {
    cwd: copy,
    env: { PATH: process.env["PATH"], PACKAGE: wanted, BUN_CONFIG_REGISTRY: "http://127.0.0.1:1/" },
  });
  return { exitCode, said: stderr.toString().trim() };
}

for (const wanted of ["-D left-pad", "-g", "left-pad --global", "--trust"]) {
  test(`the option in ${wanted} is refused and never reaches Bun`, () => {
    const option = wanted.split(" ").find((text) => text.startsWith("-"));
    const said = `error: PACKAGE: ${option} is not the name of an npm package (name or name@1.2.3)`;
    expect(add(wanted)).toEqual({ exitCode: 1, said });
  });
}

test("after an error, package.json and bun.lock are as before", () => {
  const before = files();
  const { exitCode, said } = add("left-pad@1.3.0");
  expect(exitCode).toBe(1);
  expect(said).toMatch(/^error: bun add: .*; nothing was added$/);
  expect(files()).toEqual(before);
});
