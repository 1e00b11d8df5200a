import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../ops/settings/project.ts";

const LINKED = ["node_modules", ".tools"];
const EXCLUDED = [
  ...LINKED,
  ".git",
  ".env",
  ".state",
  "test-output",
  "gateway/certs",
  "gateway/secrets",
  "secrets",
];

/** A copy of the checkout for tests that edit it, without settings, state, certificate and users. */
export function projectCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), "project-"));
  const excluded = new Set(EXCLUDED.map((name) => join(ROOT, name)));
  // Bun's bundler has a temporary file there while another test compiles a worker; benchmarks install packages of their own.
  const wanted = (path: string) => !excluded.has(path) && !/(\.bun-build|\/node_modules)$/.test(path);
  cpSync(ROOT, copy, { recursive: true, filter: wanted });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(copy, name));
  return copy;
}

/** A value quoted for .env (ops/README.md). */
export function envValue(value: string): string {
  return /'|\\$/.test(value) ? `"${value.replace(/[\\"$]/g, "\\$&")}"` : `'${value}'`;
}
