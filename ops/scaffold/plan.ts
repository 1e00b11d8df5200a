// Changes of the project's files: all are checked before any is applied.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

export interface Change {
  path: string;
  /** The new content; undefined removes the file or folder. */
  text?: string;
  /** Printed beside the path. */
  why?: string;
}

export const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
export const exists = (path: string) => existsSync(join(ROOT, path));

/** Applies the changes and prints one line for each. */
export function carryOut(changes: readonly Change[]): void {
  const width = Math.max(...changes.map(({ path }) => path.length));
  for (const { path, text, why = "" } of changes) {
    const what = text === undefined ? "removed" : exists(path) ? "changed" : "new";
    if (text === undefined) rmSync(join(ROOT, path), { recursive: true });
    else {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), text);
    }
    console.log(`  ${what.padEnd(8)} ${path.padEnd(width)}  ${why}`.trimEnd());
  }
}

/** Uncommitted or ignored files below these paths; undefined without git or a repository. */
function uncommitted(paths: string[]): string[] | undefined {
  if (!Bun.which("git")) return undefined;
  const status = ["git", "status", "--porcelain", "-z", "-uall", "--ignored", "--", ...paths];
  const { exitCode, stdout } = Bun.spawnSync(status, { cwd: ROOT });
  if (exitCode !== 0) return undefined;
  const lines = stdout.toString().split("\0").filter(Boolean);
  return lines.map((line) => line.slice(3));
}

/**
 * @param fresh the scaffold's content by path: an unchanged file may be removed.
 * @throws UserError when a removal would lose uncommitted work.
 */
export function refuseLoss(paths: string[], fresh: ReadonlyMap<string, string>): void {
  const changed = uncommitted(paths) ?? paths;
  const untouched = (path: string) => fresh.has(path) && fresh.get(path) === read(path);
  const lost = changed.filter((path) => exists(path) && !untouched(path));
  if (lost.length > 0 && !process.env["FORCE"])
    throw new UserError(`${lost.join(", ")} not committed and would be lost; commit first or add FORCE=1`);
}
