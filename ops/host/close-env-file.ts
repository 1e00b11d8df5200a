import { chmodSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnvFile } from "../settings/env-file.ts";
import { ROOT } from "../settings/project.ts";
import { table } from "../settings/table.ts";

/** Takes a .env that holds a password away from other users of this machine. @returns what was done, in one line. */
export function closeEnvFile(path = join(ROOT, ".env")): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & 0o077) === 0) return undefined;
  const values = parseEnvFile(readFileSync(path, "utf8"));
  if (!table.some(({ name, secret }) => secret && values.get(name))) return undefined;
  const mode = (found.mode & 0o777).toString(8);
  if (found.uid !== process.getuid?.())
    return `warning: .env holds a password and has mode ${mode}; as its owner run: chmod 600 .env`;
  chmodSync(path, 0o600);
  return `.env holds a password: its mode was ${mode} and is now 600, for its owner alone`;
}
