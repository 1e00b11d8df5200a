import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD_FILE } from "../../../gateway/passwords.ts";
import { ROOT, setting } from "../../settings/project.ts";
import { tlsFiles } from "../certificate.ts";

export const SECRETS = join(ROOT, ".state/secrets");

/**
 * Writes a file that compose.yaml mounts as a secret. Compose mounts it with the mode it has here, and a container's
 * user is not ours: so everybody may read the file, and nobody else may enter its folder. It is rewritten in place,
 * because a container keeps the file it was started with, and so stays writable for its owner.
 */
export function writeSecret(name: string, content: string | Buffer): void {
  const path = join(SECRETS, name);
  mkdirSync(SECRETS, { recursive: true, mode: 0o700 });
  chmodSync(SECRETS, 0o700);
  if (existsSync(path)) chmodSync(path, 0o644);
  writeFileSync(path, content);
  chmodSync(path, 0o644); // whatever the umask says
}

/** Certificate, key, users and Grafana's first password. */
export function publishSecrets(): void {
  const { certificate, key } = tlsFiles();
  writeSecret("nginx.crt", readFileSync(certificate));
  writeSecret("nginx.key", readFileSync(key));
  publishContainerPasswords();
  writeSecret("grafana_admin", setting("GATEWAY_PASSWORD"));
}

/** Lets containers see a changed password file. */
export function publishContainerPasswords(): void {
  writeSecret("htpasswd", readFileSync(PASSWORD_FILE));
}
