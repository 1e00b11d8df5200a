// Folders outside the project, in places where any user could have created them first.
import { chmodSync, chownSync, lstatSync, mkdirSync, rmSync } from "node:fs";
import { mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { account } from "./accounts.ts";

/** Why a folder is unsafe for use with `mode`; undefined when it is safe or missing. */
function unsafeReason(path: string, mode: number): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  if (!found.isDirectory()) return "is not a folder";
  if (found.uid !== process.getuid?.()) return `belongs to user ${found.uid}`;
  const forbidden = 0o022 | ((mode & 0o007) === 0 ? 0o007 : 0);
  return (found.mode & forbidden) !== 0
    ? `is open to others (mode ${(found.mode & 0o777).toString(8)})`
    : undefined;
}

/** @throws UserError when another user owns the folder or can write to it. */
export function refuseForeign(path: string, mode = 0o755): void {
  const reason = unsafeReason(path, mode);
  if (reason)
    throw new UserError(`${path} ${reason}: stop the project if it runs, then remove it (rm -r ${path})`);
}

/**
 * Creates a folder of the current user, with group `gid` where given. An existing path is checked without following
 * links. @throws UserError when it is unsafe.
 */
export function ownFolder(path: string, mode: number, gid?: number): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    refuseForeign(path, mode);
  }
  if (gid !== undefined) chownSync(path, 0, gid);
  chmodSync(path, mode); // after chown, which clears the set-group-id bit
}

/** Makes a file or folder readable for the account of a part and nobody else, whatever the umask. */
export function giveTo(part: string, path: string): void {
  const owner = account(part);
  if (owner) mustRun(["chgrp", "-R", String(owner.gid), path]);
  mustRun(["chmod", "-R", "u=rwX,g=rX,o=", path]);
}

/** @throws UserError when the folder is unsafe; then nothing is removed. */
export function removeFolder(path: string): void {
  refuseForeign(path);
  rmSync(path, { recursive: true, force: true });
}
