// Versions where the workers' accounts can read them, which may not enter the project: RUN_DIR/workers/NAME/HASH.
import {
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { workerPart } from "./accounts.ts";
import { artefact, contents, inOneStep, onDisk } from "./artefacts.ts";
import { giveTo, ownFolder } from "./folders.ts";
import { RUN_DIR } from "./paths.ts";

const BUNDLES = join(RUN_DIR, "workers");
const OWN_BUN = join(RUN_DIR, `bin/bun-${Bun.version}`);
const MODULES = "node_modules";

/** The folder that a version runs from, one per version: a restart after a crash starts the same version. */
export const bundleDir = (worker: string, version: string) => artefact(worker, version, BUNDLES);

/** @throws UserError when the version is not kept, or damaged. */
function place(worker: string, version: string): void {
  const [kept, target] = [artefact(worker, version), bundleDir(worker, version)];
  if (contents(target)) return;
  const list = contents(kept);
  if (!list) {
    const state = existsSync(kept) ? "damaged" : "not kept";
    throw new UserError(`the version ${version} of ${worker} is ${state}; make versions lists those to use`);
  }
  const { packages } = list;
  for (const folder of [BUNDLES, dirname(target)]) ownFolder(folder, 0o711);
  const copy = (from: string, to: string, link = "") =>
    inOneStep(to, (folder) => {
      cpSync(from, folder, { recursive: true });
      giveTo(workerPart(worker), folder);
      if (link) symlinkSync(link, join(folder, MODULES));
    });
  const shared = join(dirname(target), packages ?? "");
  onDisk(RUN_DIR, () => {
    if (packages && !existsSync(shared)) copy(join(dirname(kept), packages), shared);
    copy(kept, target, packages && join("..", packages, MODULES));
  });
}

/** Places the versions of these workers. @throws UserError when one is not kept, or there is no space. */
export function placeVersions(workers: readonly string[], versions: Versions): void {
  for (const worker of new Set(workers)) place(worker, versions[worker] ?? "");
}

/** Removes what no process runs from: `used` are the current folders of the declared processes. */
export function removeUnused(used: readonly string[]): void {
  if (!existsSync(BUNDLES)) return;
  const needed = new Set(
    used.flatMap((folder) => {
      const packages = contents(folder)?.packages;
      return [folder, ...(packages ? [join(dirname(folder), packages)] : [])];
    }),
  );
  for (const worker of readdirSync(BUNDLES)) {
    const own = join(BUNDLES, worker);
    if (needed.has(own)) continue; // of a project that an earlier release started
    if (!statSync(own).isDirectory()) {
      rmSync(own);
      continue;
    }
    for (const entry of readdirSync(own))
      if (!needed.has(join(own, entry))) rmSync(join(own, entry), { recursive: true, force: true });
    if (readdirSync(own).length === 0) rmSync(own, { recursive: true });
  }
}

/** Bun in a folder that every account can read: a hard link, or a copy on another file system. */
export function sharedBun(): string {
  if (existsSync(OWN_BUN)) return OWN_BUN;
  ownFolder(dirname(OWN_BUN), 0o711);
  try {
    linkSync(process.execPath, OWN_BUN);
  } catch {
    copyFileSync(process.execPath, OWN_BUN);
  }
  return OWN_BUN;
}
