// What a command is going to do to the project's files. Everything is checked first; then all of it is done.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

export interface Change {
  path: string;
  /** Its new content; undefined: it is removed, with all that is in it. */
  text?: string;
  /** For people. */
  why?: string;
}

export const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
export const exists = (path: string) => existsSync(join(ROOT, path));

/** Does it, and says so line by line. */
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

/** What git does not have of these paths, ignored files too; undefined where git cannot say. */
function uncommitted(paths: string[]): string[] | undefined {
  if (!Bun.which("git")) return undefined;
  const status = ["git", "status", "--porcelain", "-z", "-uall", "--ignored", "--", ...paths];
  const { exitCode, stdout } = Bun.spawnSync(status, { cwd: ROOT });
  if (exitCode !== 0) return undefined;
  const lines = stdout.toString().split("\0").filter(Boolean);
  return lines.map((line) => line.slice(3));
}

/**
 * @param fresh what a file starts as, by path: one that still is that holds no work.
 * @throws UserError when a file would be lost that git is not known to have.
 */
export function refuseLoss(paths: string[], fresh: ReadonlyMap<string, string>): void {
  const changed = uncommitted(paths) ?? paths;
  const untouched = (path: string) => fresh.has(path) && fresh.get(path) === read(path);
  const lost = changed.filter((path) => exists(path) && !untouched(path));
  if (lost.length > 0 && !process.env["FORCE"])
    throw new UserError(`${lost.join(", ")} not committed and would be lost; commit first or add FORCE=1`);
}
