// Where a backup lies, and how a volume gets into it and out again. It holds keys and passwords: only its owner reads it.
import { mkdirSync, statSync } from "node:fs";
import { UserError } from "../settings/fail.ts";

/** Makes the folder. One that is there is not closed by us: it could be /tmp. @throws UserError when others may enter. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o077) !== 0)
    throw new UserError(
      `others may enter ${folder}: name a folder that does not exist yet, or chmod 700 it first`,
    );
}

/** For a shell that is root: the archive belongs to the folder's owner, who is not root everywhere. */
export function saveScript(volume: string, folder: string, name: string): string {
  const file = `${folder}/${name}.tgz`;
  return `umask 077; rm -f ${file}; tar -C ${volume} -czf ${file} .; chown "$(stat -c %u:%g ${folder})" ${file}`;
}

export function restoreScript(volume: string, folder: string, name: string): string {
  return `rm -rf ${volume}/* ${volume}/.[!.]*; tar -C ${volume} -xzf ${folder}/${name}.tgz`;
}
