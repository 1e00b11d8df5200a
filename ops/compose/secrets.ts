import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD_FILE } from "../../gateway/passwords.ts";
import { tlsFiles } from "../lib/certificate.ts";
import { ROOT, setting } from "../lib/compose.ts";

const FOLDER = join(ROOT, ".state/secrets");

/**
 * Writes the files that compose.yaml mounts as secrets. Compose mounts them with the mode they have here, and a
 * container's user is not ours: so everybody may read the files, and nobody else may enter their folder. They are
 * rewritten in place, because a container keeps the file it was started with. @returns whether the certificate changed.
 */
export function publishSecrets(): boolean {
  mkdirSync(FOLDER, { recursive: true, mode: 0o700 });
  chmodSync(FOLDER, 0o700);
  const { certificate, key } = tlsFiles();
  const files: Record<string, string> = {
    "nginx.crt": certificate,
    "nginx.key": key,
    htpasswd: PASSWORD_FILE,
  };
  const pair = () => ["nginx.crt", "nginx.key"].map((name) => content(join(FOLDER, name))).join();
  const before = pair();
  for (const [name, source] of Object.entries(files)) copyFileSync(source, join(FOLDER, name));
  writeFileSync(join(FOLDER, "grafana_admin"), setting("GATEWAY_PASSWORD"));
  for (const name of [...Object.keys(files), "grafana_admin"]) chmodSync(join(FOLDER, name), 0o444);
  return before !== pair();
}

function content(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Lets containers see a changed password file, where there were any. */
export function republishSecrets(): void {
  if (existsSync(FOLDER)) publishSecrets();
}
