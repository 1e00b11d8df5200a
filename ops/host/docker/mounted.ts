import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Lets the users of the containers, which are not ours, read a mounted folder, whatever the umask says. */
export function openFolder(folder: string): void {
  chmodSync(folder, 0o755);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((entry) => !entry.isSymbolicLink()))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/**
 * Copies a folder of the checkout to where containers mount it from. Files are rewritten in place, because a container
 * keeps a mounted file that a rename replaces; those of an earlier version are removed.
 */
export function copyFolder(from: string, to: string): void {
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  mkdirSync(to, { recursive: true });
  const wanted = files(from);
  for (const old of files(to)) if (!wanted.includes(old)) rmSync(join(to, old));
  for (const file of wanted) {
    mkdirSync(dirname(join(to, file)), { recursive: true });
    writeFileSync(join(to, file), readFileSync(join(from, file)));
  }
}
