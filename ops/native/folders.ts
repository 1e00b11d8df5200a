// Folders outside the project lie where every user of the machine may make one of that name first.
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { account } from "./accounts.ts";

/** Why a folder must not be used; undefined when it is ours, or when there is none. `mode` is what it is to have. */
function distrust(path: string, mode: number): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isDirectory()) return "is no folder";
  if (found.uid !== process.getuid?.()) return `belongs to user ${found.uid}`;
  const forbidden = 0o022 | ((mode & 0o007) === 0 ? 0o007 : 0);
  return (found.mode & forbidden) !== 0
    ? `is open to others (mode ${(found.mode & 0o777).toString(8)})`
    : undefined;
}

/** @throws UserError when somebody else made the folder, or could have put something into it. */
export function refuseForeign(path: string, mode = 0o755): void {
  const reason = distrust(path, mode);
  if (reason)
    throw new UserError(`${path} ${reason}: stop the project if it runs, then remove it (rm -r ${path})`);
}

/**
 * Makes a folder of ours, for the members of `gid` where one is given. What is there already is looked at, not
 * followed. @throws UserError when it is not ours.
 */
export function ownFolder(path: string, mode: number, gid?: number): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    refuseForeign(path, mode);
  }
  if (gid !== undefined) chownSync(path, 0, gid);
  chmodSync(path, mode); // after chown, which takes the set-group-id bit away
}

/** Lets the account of a part read a file or folder with all that is in it, and nobody else, whatever the umask is. */
export function giveTo(part: string, path: string): void {
  const owner = account(part);
  if (owner) mustRun(["chgrp", "-R", String(owner.gid), path]);
  mustRun(["chmod", "-R", "u=rwX,g=rX,o=", path]);
}

/** Removes a folder of ours. @throws UserError when it is not: then nothing is removed. */
export function removeFolder(path: string): void {
  refuseForeign(path);
  rmSync(path, { recursive: true, force: true });
}
