// The kept versions of the workers: .state/versions/NAME/HASH has the bundle, its assets and a list of these files, by
// which a damaged version is found. Packages with addons are beside them, shared by the versions of a worker.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  lstatSync,
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

/** What LIST holds: the SHA-256 of each file, by its name, their size, and the folder of the packages beside the version. */
export interface Contents {
  files: Record<string, string>;
  bytes?: number;
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
  const own = join(root, worker);
  if (lstatSync(own, { throwIfNoEntry: false }) && !isFolder(own))
    throw new UserError(`${own} is not a folder: remove it`);
  onDisk(root, () => {
    const packages = carried.length > 0 ? `packages-${digest(carried)}` : undefined;
    const shared = join(root, worker, packages ?? "");
    if (packages && !existsSync(shared)) inOneStep(shared, (folder) => carry(carried, folder));
    inOneStep(target, (folder) => {
      for (const file of files) copyFileSync(join(built, file), join(folder, file));
      const sums = Object.fromEntries(files.map((file) => [file, sha256(join(built, file))]));
      const list: Contents = { files: sums, bytes: sizeOf(built, files), ...(packages && { packages }) };
      writeFileSync(join(folder, LIST), JSON.stringify(list));
      if (!contents(folder)) throw new Error(`ENOSPC: ${folder}`); // written short
    });
  });
}

const sizeOf = (folder: string, files: string[]) =>
  files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);

function sizeOfAll(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

const isFolder = (path: string) => existsSync(`${path}/.`); // false for a dangling link, too
const folders = (path: string) =>
  isFolder(path)
    ? readdirSync(path)
        .filter((name) => isFolder(join(path, name)))
        .sort()
    : [];

/** The list of a version's files, where it and they are there; whether they are damaged is seen when they are used. */
function listed(worker: string, version: string, root: string): Contents | undefined {
  try {
    const folder = artefact(worker, version, root);
    const list = JSON.parse(readFileSync(join(folder, LIST), "utf8")) as Contents;
    const bytes = sizeOf(folder, Object.keys(list.files));
    const whole = bytes === (list.bytes ?? bytes);
    return whole && (!list.packages || isFolder(join(root, worker, list.packages))) ? list : undefined;
  } catch {
    return undefined;
  }
}

/** The kept versions, also of removed workers. */
export function stored(root = VERSIONS): Stored[] {
  return folders(root).flatMap((worker) =>
    folders(join(root, worker))
      .filter((version) => HASH.test(version))
      .flatMap((version): Stored[] => {
        const kept = listed(worker, version, root);
        if (!kept) return [];
        const own = sizeOfAll(artefact(worker, version, root));
        const packages = kept.packages ? sizeOfAll(join(root, worker, kept.packages)) : 0;
        return [{ worker, version, bytes: own + packages }];
      }),
  );
}

/** Removes one version, and what no other version of the worker needs; also damaged ones. */
export function discard(worker: string, version: string, root = VERSIONS): void {
  const folder = join(root, worker);
  if (!HASH.test(version) || !isFolder(folder)) return;
  rmSync(join(folder, version), { recursive: true, force: true });
  const left = readdirSync(folder).filter((entry) => HASH.test(entry) && listed(worker, entry, root));
  const needed = new Set([...left, ...left.map((each) => listed(worker, each, root)?.packages)]);
  for (const entry of readdirSync(folder))
    if (!needed.has(entry)) rmSync(join(folder, entry), { recursive: true, force: true });
  if (left.length === 0) rmSync(folder, { recursive: true, force: true });
}
