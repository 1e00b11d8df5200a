// Mounted files: copies that the users of the containers can read, and secrets.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PASSWORD_FILE } from "../../../gateway/passwords.ts";
import { ROOT, setting } from "../../settings/project.ts";
import { tlsFiles } from "../certificate.ts";

/** Makes a mounted folder readable for the users of the containers, whatever the umask. */
export function openFolder(folder: string): void {
  chmodSync(folder, 0o755);
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((entry) => !entry.isSymbolicLink()))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}

/**
 * Copies a folder for mounting. Files are rewritten in place, because a container keeps a mounted file that a rename
 * replaces. Files without a source are removed.
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

export const SECRETS = join(ROOT, ".state/secrets");

/**
 * Writes a file that compose.yaml mounts as a secret. Compose keeps its mode, and containers run as other users, so the
 * file is readable for all and its folder closed. It is rewritten in place, because a container keeps the file it was
 * started with, and stays writable for its owner.
 */
export function writeSecret(name: string, content: string | Buffer): void {
  const path = join(SECRETS, name);
  mkdirSync(SECRETS, { recursive: true, mode: 0o700 });
  chmodSync(SECRETS, 0o700);
  if (existsSync(path)) chmodSync(path, 0o644);
  writeFileSync(path, content);
  chmodSync(path, 0o644); // whatever the umask
}

/** Certificate, key, users and Grafana's initial password. */
export function publishSecrets(): void {
  const { certificate, key } = tlsFiles();
  writeSecret("nginx.crt", readFileSync(certificate));
  writeSecret("nginx.key", readFileSync(key));
  publishContainerPasswords();
  writeSecret("grafana_admin", setting("GATEWAY_PASSWORD"));
}

/** Copies the password file to the secrets of the containers. */
export function publishContainerPasswords(): void {
  writeSecret("htpasswd", readFileSync(PASSWORD_FILE));
}
