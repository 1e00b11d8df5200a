// Changes of the project's files: all are checked before any is applied.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { replaceFile } from "../host/state.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { serviceText } from "./compose-edit.ts";

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
      replaceFile(join(ROOT, path), text); // commands that wait for this one read whole files
    }
    console.log(`  ${what.padEnd(8)} ${path.padEnd(width)}  ${why}`.trimEnd());
  }
}

interface Service {
  build?: { dockerfile?: string };
  secrets?: string[];
  volumes?: string[];
  networks?: Record<string, unknown>;
}

/** The services in compose.yaml now: another command may have changed it since this one started. */
export function services(): Record<string, Service> {
  const file = parse(read("compose.yaml"), { merge: true }) as { services: Record<string, Service> };
  return file.services;
}

/** The workers now: services with a source. */
export function workerNames(): string[] {
  return Object.keys(services()).filter((name) => exists(`workers/${name}.ts`));
}

/** The output of git in the project; undefined where it fails, as without git or a repository. */
function git(...command: string[]): string | undefined {
  if (!Bun.which("git")) return undefined;
  const { exitCode, stdout } = Bun.spawnSync(["git", ...command], { cwd: ROOT });
  return exitCode === 0 ? stdout.toString() : undefined;
}

/** Uncommitted or ignored files below these paths; undefined without git or a repository. */
function uncommitted(paths: string[]): string[] | undefined {
  if (paths.length === 0) return []; // git would list the whole repository
  const options = ["--porcelain", "-z", "-uall", "--ignored", "--no-renames"];
  const status = git("status", ...options, "--", ...paths);
  const prefix = git("rev-parse", "--show-prefix")?.trimEnd(); // git prints paths below the repository's folder
  if (status === undefined || prefix === undefined) return undefined;
  const lines = status.split("\0").filter(Boolean);
  return lines.map((line) => line.slice(3 + prefix.length));
}

/** Whether the lines of a service are neither as committed nor `fresh`. */
function edited(name: string, fresh: string): boolean {
  const now = serviceText(read("compose.yaml"), name);
  const committed = git("show", "HEAD:./compose.yaml");
  const known = committed === undefined ? undefined : serviceText(committed, name);
  return ![undefined, known, fresh].includes(now);
}

/**
 * @param paths files and folders that are removed.
 * @param services the scaffold's lines of each service that is removed.
 * @param fresh the scaffold's content by path: an unchanged file may be removed.
 * @throws UserError when a removal would lose uncommitted work.
 */
export function refuseLoss(
  paths: string[],
  services: ReadonlyMap<string, string>,
  fresh: ReadonlyMap<string, string>,
): void {
  if (["1", "yes"].includes(process.env["FORCE"] ?? "")) return;
  const changed = uncommitted(paths) ?? paths;
  const untouched = (path: string) => fresh.has(path) && fresh.get(path) === read(path);
  const lost = [
    ...changed.filter((path) => exists(path) && !untouched(path)),
    ...[...services].filter(([name, text]) => edited(name, text)).map(([name]) => `${name} in compose.yaml`),
  ];
  if (lost.length > 0)
    throw new UserError(`${lost.join(", ")} not committed and would be lost; commit first or add FORCE=1`);
}
