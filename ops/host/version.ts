import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";

const SOURCES = ["workers/**/*.ts", "model/**/*.{ts,bin,json}", "package.json", "bun.lock"];

/** A digest of everything a worker is made from: when it changes, running workers are out of date. */
export function sourceVersion(): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 12);
}
