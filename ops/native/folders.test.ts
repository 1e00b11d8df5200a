import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ownFolder, removeFolder } from "./folders.ts";

const base = mkdtempSync(join(tmpdir(), "folders-"));
afterAll(() => rmSync(base, { recursive: true }));
const mode = (path: string) => statSync(path).mode & 0o777;

test("ownFolder creates a folder with its mode, and accepts it a second time", () => {
  const path = join(base, "new");
  for (const _ of [1, 2]) ownFolder(path, 0o711);
  expect(mode(path)).toBe(0o711);
});

const cases: [string, RegExp, (path: string) => void][] = [
  ["a symbolic link", /is not a folder/, (path) => symlinkSync(join(base, "new"), path)],
  ["a folder that everybody may write", /is open to others \(mode 777\)/, (path) => made(path, 0o777)],
  ["a folder that others may list", /is open to others \(mode 755\)/, (path) => made(path, 0o755)],
];
if (process.getuid?.() === 0)
  cases.push([
    "another user's folder",
    /belongs to user 65534/,
    (path) => chownSync(made(path, 0o700), 65534, 65534),
  ]);

function made(path: string, mode: number): string {
  mkdirSync(path);
  chmodSync(path, mode);
  return path;
}

for (const [name, reason, make] of cases) {
  test(`${name} is refused as a closed folder, and stays as it is`, () => {
    const path = join(base, name.replaceAll(" ", "-"));
    make(path);
    expect(() => ownFolder(path, 0o700)).toThrow(reason);
    expect(() => ownFolder(path, 0o700)).toThrow(`rm -r ${path}`);
    if (!name.includes("list")) expect(() => removeFolder(path)).toThrow(reason);
    expect(existsSync(path)).toBe(true);
  });
}
