import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { composeFiles } from "./engine.ts";
import { copiedPaths, target } from "./images.ts";

const context = mkdtempSync(join(tmpdir(), "context-"));
const write = (file: string, text: string) => writeFileSync(join(context, file), text);
beforeAll(() => {
  mkdirSync(join(context, "site"));
  write("Dockerfile", "FROM scratch\nCOPY site /srv/\n");
  write("site/index.html", "one");
});
afterAll(() => rmSync(context, { recursive: true }));
const digest = (args: Record<string, string> = {}) =>
  target("own", "own:dev", { context, dockerfile: "Dockerfile", args }).madeOf;

test("the paths that a Dockerfile copies from its context", () => {
  const text =
    "COPY package.json bun.lock ./\nCOPY --chmod=755 --from=site /www /srv\ncopy --chmod=644 a/b.conf /etc/\n";
  expect(copiedPaths(text)).toEqual(["package.json", "bun.lock", "a/b.conf"]);
});

test("an image is outdated after a change of what it is made of, and of nothing else", () => {
  const before = digest();
  write("another-file", "x");
  write("site/own.test.ts", "x");
  expect(digest()).toBe(before);
  expect(digest({ VERSION: "2" })).not.toBe(before);
  for (const [file, text] of [
    ["site/index.html", "two"],
    ["site/added", ""],
    ["Dockerfile", "FROM scratch\nCOPY site /www/\n"],
  ] as const) {
    const now = digest();
    write(file, text);
    expect(digest()).not.toBe(now);
  }
});

test("the files of Compose: COMPOSE_FILE, otherwise the default ones", () => {
  const there =
    (...files: string[]) =>
    (file: string) =>
      files.includes(file);
  expect(composeFiles({ COMPOSE_FILE: "a.yaml:b.yaml" }, there())).toEqual(["a.yaml", "b.yaml"]);
  expect(composeFiles({ COMPOSE_FILE: "a;b", COMPOSE_PATH_SEPARATOR: ";" }, there())).toEqual(["a", "b"]);
  expect(composeFiles({}, there())).toEqual(["compose.yaml"]);
  expect(composeFiles({ COMPOSE_FILE: "" }, there("compose.override.yaml"))).toEqual([
    "compose.yaml",
    "compose.override.yaml",
  ]);
});
