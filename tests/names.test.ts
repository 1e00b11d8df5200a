// The platform names no worker of an example; only the example's own files and the list below do.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, workers } from "../ops/settings/project.ts";

interface Example {
  workers: string[];
  all: string[];
  any: string[];
}

const LIST = "workers/examples.yaml";
/** The README shows the example; routes name their workers. */
const MAY_NAME = [LIST, "README.md", "gateway/routes/"];

const list = existsSync(join(ROOT, LIST)) ? parse(readFileSync(join(ROOT, LIST), "utf8")) : {};
const examples = Object.entries((list ?? {}) as Record<string, Example>); // empty once every example is removed
const git = Bun.spawnSync(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
});
const tracked = git.stdout
  .toString()
  .split("\0")
  .filter((path) => path !== "" && existsSync(join(ROOT, path)));

const within = (path: string, place: string) =>
  path === place || path.startsWith(place.endsWith("/") ? place : `${place}/`);

/** The lines of a file that name the example, as `path:line: text`. */
function mentions(path: string, names: RegExp): string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  if (text.includes("\0")) return []; // binary
  // Of compose.yaml only the comments count: it lists the workers.
  const lines = text.split("\n").map((line) => (path === "compose.yaml" ? line.replace(/^[^#]*/, "") : line));
  const found = lines.flatMap((line, i) =>
    names.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 80)}`] : [],
  );
  return names.test(path) ? [path, ...found] : found;
}

test("every file of an example exists while the workers it needs do", () => {
  const serves = (name: string) => workers().some((worker) => worker.name === name);
  const files = examples.flatMap(([, { workers: own, all, any }]) => [
    ...(own.every(serves) ? all : []),
    ...(own.some(serves) ? any : []),
  ]);
  expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

// Skipped in a copy without .git, where tracked files are unknown.
test.skipIf(!git.success)("no platform file names an example or its workers", () => {
  expect(tracked.length).toBeGreaterThan(100);
  const found = examples.flatMap(([example, { workers: own, all, any }]) => {
    const names = new RegExp(`${example}|\\b(${own.join("|")})\\b`, "i");
    const standard = own.flatMap((name) => [`workers/${name}.`, `loadtests/${name}.ts`]);
    const others = tracked.filter(
      (path) =>
        ![...all, ...any, ...MAY_NAME].some((place) => within(path, place)) &&
        !standard.some((start) => path.startsWith(start)),
    );
    return others.flatMap((path) => mentions(path, names));
  });
  expect(found).toEqual([]);
});
