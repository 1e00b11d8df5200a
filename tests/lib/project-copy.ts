import { cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../ops/settings/project.ts";

const LINKED = ["node_modules", ".tools"];
const LEFT_OUT = [...LINKED, ".git", ".env", ".state", "test-output", "gateway/certs", "gateway/secrets"];

/** A copy of the checkout for tests that change it: its sources, without settings, state, certificate and users. */
export function projectCopy(): string {
  const copy = mkdtempSync(join(tmpdir(), "project-"));
  const leftOut = new Set(LEFT_OUT.map((name) => join(ROOT, name)));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !leftOut.has(path) });
  for (const name of LINKED) symlinkSync(join(ROOT, name), join(copy, name));
  return copy;
}
