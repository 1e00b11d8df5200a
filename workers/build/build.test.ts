import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildError } from "./build.ts";

const root = mkdtempSync(join(tmpdir(), "bundle-"));
afterAll(() => rmSync(root, { recursive: true }));

const BROKEN: [string, string, string][] = [
  ["syntax.ts", "export const a = 1;\nexport const b = ;\n", "syntax.ts:2:18: Unexpected ;"],
  [
    "import.ts",
    'import { a } from "./nowhere.ts";\nconsole.log(a);\n',
    'import.ts:1:19: Could not resolve: "./nowhere.ts"',
  ],
];
for (const [file, source, said] of BROKEN) {
  test(`a build error has file, line and column: ${said}`, async () => {
    writeFileSync(join(root, file), source);
    const { logs } = await Bun.build({ entrypoints: [join(root, file)], throw: false });
    expect(buildError(logs, root)).toBe(said);
  });
}

test("the error for a missing source names the file", async () => {
  const { logs } = await Bun.build({ entrypoints: [join(root, "gone.ts")], throw: false });
  expect(buildError(logs, root)).toContain("gone.ts");
});
