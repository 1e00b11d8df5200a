// The folder of `make backup`: VOLUME.tgz for each volume and, last, files.tgz: with it the backup is complete. The same
// for every runtime. It holds keys and passwords, so only its owner can read it.
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { mustRun, run } from "./run.ts";

/** Files of the checkout: certificate, users, secrets of workers, image digests of a swarm. */
const FILES = [
  "gateway/certs",
  "gateway/secrets",
  "secrets",
  ".state/swarm/images.json",
  ".state/swarm/versions.json",
];

/** Creates the folder. An existing one keeps its mode: it could be /tmp. @throws UserError when others may enter it. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o077) !== 0)
    throw new UserError(
      `others may enter ${folder}: name a folder that does not exist yet, or chmod 700 it first`,
    );
}

/** @param as a command that drops root's rights, before `tar` and `sh`. */
export type VolumeScript = (volume: string, folder: string, name: string, as?: readonly string[]) => string;

/** Runs as root, which alone opens the archive: it is given to the owner of the folder, and has its name once complete. */
export const saveScript: VolumeScript = (volume, folder, name, as = []) => {
  const file = `'${folder}/${name}.tgz'`;
  return `umask 077; cd '${volume}'; rm -f ${file}.new; ${as.join(" ")} tar -cz . >${file}.new
chown "$(stat -c %u:%g '${folder}')" ${file}.new; mv -f ${file}.new ${file}`;
};

export const restoreScript: VolumeScript = (volume, folder, name, as = []) => {
  const [run, options] = [as.join(" "), as.length > 0 ? "-xzp --no-same-owner" : "-xz"];
  return `cd '${volume}'; ${run} sh -c 'rm -rf ./* ./.[!.]* ./..?*'; ${run} tar ${options} <'${folder}/${name}.tgz'`;
};

/** Runs such a script. @throws UserError with the first line of its errors: the last one of tar says nothing. */
export function runScript(what: string, command: readonly string[]): void {
  const { ok, stderr } = run([...command]);
  if (!ok) throw new UserError(`${what}: ${stderr.split("\n")[0] || "failed"}`);
}

/** The absolute path of TO or FROM. @throws UserError when it is empty. */
export function backupFolder(given: string, usage: "backup TO" | "restore FROM"): string {
  if (!given) throw new UserError(`name a folder: make ${usage}=...`);
  return resolve(given);
}

export function hasArchive(folder: string, name: string): boolean {
  return existsSync(join(folder, `${name}.tgz`));
}

/** Before the volumes are saved: until saveFiles the folder is no complete backup. */
export function beginBackup(folder: string): void {
  privateFolder(folder);
  rmSync(join(folder, "files.tgz"), { force: true });
}

/** After the volumes. */
export function saveFiles(folder: string): void {
  const archive = join(folder, "files.tgz");
  const files = FILES.filter((file) => existsSync(join(ROOT, file)));
  mustRun(["tar", "-C", ROOT, "-czf", `${archive}.new`, ...files]);
  chmodSync(`${archive}.new`, 0o600);
  renameSync(`${archive}.new`, archive);
}

/** @throws UserError unless the backup is complete, and it and the archives of these volumes can be read. */
export function checkBackup(folder: string, volumes: readonly string[]): void {
  if (!hasArchive(folder, "files"))
    throw new UserError(
      `${folder} is no complete backup: it has no files.tgz, which make backup writes last; nothing was changed`,
    );
  for (const name of ["files", ...volumes]) {
    const archive = join(folder, `${name}.tgz`);
    const { ok, stdout, stderr } = run(["tar", "-tzf", archive]);
    if (!ok) throw new UserError(`${archive} is broken: ${stderr.split("\n")[0]}; nothing was changed`);
    const foreign =
      name === "files" ? stdout.split("\n").find((path) => path && !isOwnFile(path)) : undefined;
    if (foreign)
      throw new UserError(`${archive} is no archive of make backup: ${foreign}; nothing was changed`);
  }
}

const isOwnFile = (path: string) => FILES.some((file) => `${path}/`.startsWith(`${file}/`));

/** The files get the time of now (-m): a deployment replaces workers whose secrets are newer than they are. */
export function restoreFiles(folder: string): void {
  mustRun(["tar", "-C", ROOT, "-xzmf", join(folder, "files.tgz")]);
}
