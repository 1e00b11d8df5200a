// The kept versions of the workers: .state/versions/NAME/HASH has the bundle, its assets and a list of these files, by
// which a damaged version is found. Packages with addons are beside them, shared by the versions of a worker.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type CarriedFile, carry, digest } from "../../workers/build/addons.ts";
import type { Stored } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { STATE_DIR } from "./paths.ts";

export const VERSIONS = join(STATE_DIR, "versions");
const HASH = /^[0-9a-f]{12}$/;
const LIST = "files.json";

/** What LIST holds: the SHA-256 of each file, by its name, and the folder of the packages beside the version. */
export interface Contents {
  files: Record<string, string>;
  packages?: string;
}

/** Runs what writes to a disk. @throws UserError where it is full; nothing half-written has its final name by then. */
export function onDisk<T>(folder: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!isFull(error)) throw error;
    throw new UserError(
      `no space left on the disk of ${folder}: free some, or keep fewer versions (KEEP_VERSIONS); nothing was changed`,
    );
  }
}

export const isFull = (error: unknown) => /ENOSPC|EDQUOT|no space left/i.test(String(error));

export const artefact = (worker: string, version: string, root = VERSIONS) => join(root, worker, version);

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** What a folder of a version holds; undefined where something is missing or damaged. */
export function contents(folder: string, packagesBeside = dirname(folder)): Contents | undefined {
  try {
    const list = JSON.parse(readFileSync(join(folder, LIST), "utf8")) as Contents;
    const whole = Object.entries(list.files).every(([file, sum]) => sha256(join(folder, file)) === sum);
    return whole && (!list.packages || existsSync(join(packagesBeside, list.packages))) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** Fills `target.new`, then renames it, so that no half-written folder has the name `target`. */
export function inOneStep(target: string, fill: (folder: string) => void): void {
  const next = `${target}.new`;
  for (const folder of [next, target]) rmSync(folder, { recursive: true, force: true });
  try {
    mkdirSync(next, { recursive: true, mode: 0o700 });
    fill(next);
    renameSync(next, target);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Keeps a version: these files of the folder `built`, and packages. A version that is kept whole stays as it is.
 * @throws UserError when the disk is full.
 */
export function keep(
  { worker, version }: Pick<Stored, "worker" | "version">,
  built: string,
  files: string[],
  carried: CarriedFile[],
  root = VERSIONS,
): void {
  const target = artefact(worker, version, root);
  if (contents(target)) return;
  onDisk(root, () => {
    const packages = carried.length > 0 ? `packages-${digest(carried)}` : undefined;
    const shared = join(root, worker, packages ?? "");
    if (packages && !existsSync(shared)) inOneStep(shared, (folder) => carry(carried, folder));
    inOneStep(target, (folder) => {
      for (const file of files) copyFileSync(join(built, file), join(folder, file));
      const sums = Object.fromEntries(files.map((file) => [file, sha256(join(built, file))]));
      const list: Contents = { files: sums, ...(packages && { packages }) };
      writeFileSync(join(folder, LIST), JSON.stringify(list));
      if (!contents(folder)) throw new Error(`ENOSPC: ${folder}`); // written short
    });
  });
}

function sizeOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

const list = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** The list of a version's files, without a check of them. */
function listed(worker: string, version: string, root: string): Contents | undefined {
  const path = join(artefact(worker, version, root), LIST);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Contents) : undefined;
}

/** The kept versions, also of removed workers. */
export function stored(root = VERSIONS): Stored[] {
  const workers = list(root).filter((entry) => statSync(join(root, entry)).isDirectory());
  return workers.flatMap((worker) =>
    list(join(root, worker))
      .filter((version) => HASH.test(version) && existsSync(join(root, worker, version, LIST)))
      .map((version) => {
        const packages = listed(worker, version, root)?.packages;
        const own = sizeOf(artefact(worker, version, root));
        return { worker, version, bytes: own + (packages ? sizeOf(join(root, worker, packages)) : 0) };
      }),
  );
}

/** Removes one version, and what no other version of the worker needs. */
export function discard(worker: string, version: string, root = VERSIONS): void {
  const folder = join(root, worker);
  if (!HASH.test(version) || !existsSync(folder)) return;
  rmSync(join(folder, version), { recursive: true, force: true });
  const left = readdirSync(folder).filter((entry) => HASH.test(entry));
  const needed = new Set([...left, ...left.map((each) => listed(worker, each, root)?.packages)]);
  for (const entry of readdirSync(folder))
    if (!needed.has(entry)) rmSync(join(folder, entry), { recursive: true, force: true });
  if (left.length === 0) rmSync(folder, { recursive: true, force: true });
}
