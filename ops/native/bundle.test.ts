import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildError } from "./bundle.ts";

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
  test(`the error of a build says where it is: ${said}`, async () => {
    writeFileSync(join(root, file), source);
    const { logs } = await Bun.build({ entrypoints: [join(root, file)], throw: false });
    expect(buildError(logs, root)).toBe(said);
  });
}

test("a worker whose file is not there is named", async () => {
  const { logs } = await Bun.build({ entrypoints: [join(root, "gone.ts")], throw: false });
  expect(buildError(logs, root)).toContain("gone.ts");
});
