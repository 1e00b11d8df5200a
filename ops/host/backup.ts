// The folder of `make backup`: files.tgz, and VOLUME.tgz for each volume; the same for every runtime. It holds keys and
// passwords, so only its owner can read it.
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { mustRun } from "./run.ts";

/** Files of the checkout: certificate, users, secrets of workers, image digests of a swarm. */
const FILES = ["gateway/certs", "gateway/secrets", "secrets", ".state/swarm/images.json"];

/** Creates the folder. An existing one keeps its mode: it could be /tmp. @throws UserError when others may enter it. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o077) !== 0)
    throw new UserError(
      `others may enter ${folder}: name a folder that does not exist yet, or chmod 700 it first`,
    );
}

export type VolumeScript = (volume: string, folder: string, name: string) => string;

/** Runs as root: the archive is given to the owner of the folder. */
export const saveScript: VolumeScript = (volume, folder, name) => {
  const file = `'${folder}/${name}.tgz'`;
  return `umask 077; rm -f ${file}; tar -C '${volume}' -czf ${file} .; chown "$(stat -c %u:%g '${folder}')" ${file}`;
};

export const restoreScript: VolumeScript = (volume, folder, name) =>
  `cd '${volume}'; rm -rf ./* ./.[!.]* ./..?*; tar -xzf '${folder}/${name}.tgz'`;

/** The absolute path of TO or FROM. @throws UserError when it is empty. */
export function backupFolder(given: string, usage: "backup TO" | "restore FROM"): string {
  if (!given) throw new UserError(`name a folder: make ${usage}=...`);
  return resolve(given);
}

export function hasArchive(folder: string, name: string): boolean {
  return existsSync(join(folder, `${name}.tgz`));
}

export function saveFiles(folder: string): void {
  privateFolder(folder);
  const archive = join(folder, "files.tgz");
  mustRun(["tar", "-C", ROOT, "-czf", archive, ...FILES.filter((file) => existsSync(join(ROOT, file)))]);
  chmodSync(archive, 0o600);
}

/** The files get the time of now (-m): a deployment replaces workers whose secrets are newer than they are. */
export function restoreFiles(folder: string): void {
  if (!hasArchive(folder, "files")) throw new UserError(`${folder} is no backup: it has no files.tgz`);
  mustRun(["tar", "-C", ROOT, "-xzmf", join(folder, "files.tgz")]);
}
