// What every runtime prepares before a start or reload, and the clearing of the auth cache.
import { chmodSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureGatewayUser, refuseGuessable } from "../../gateway/passwords.ts";
import { parseEnvFile } from "../settings/env-file.ts";
import { ROOT, setting } from "../settings/project.ts";
import { table } from "../settings/table.ts";
import { prepareCertificate } from "./certificate.ts";
import { exclusively, USERS } from "./lock.ts";

/** A password check that read the old file ends within this time. */
const CHECK_MS = 300;
/** Longer than nginx uses a removed cache entry: `open_file_cache_valid` of routes/authenticate.conf. */
export const NOTICED_MS = 1100;

/**
 * Prepares the certificate and GATEWAY_USER. `bind` is the address the gateway listens on.
 * @throws UserError for a certificate that cannot be used, or a guessable password when `bind` is not loopback.
 */
export async function prepare(bind = setting("BIND_ADDRESS")): Promise<void> {
  prepareCertificate();
  await exclusively(USERS, () => ensureGatewayUser());
  await refuseGuessable(bind);
}

/** Clears the auth cache, once the password checks in progress, which would be cached, have ended. */
export async function clearAuthCache(clear: () => void): Promise<void> {
  await Bun.sleep(CHECK_MS);
  clear();
  await Bun.sleep(NOTICED_MS);
}

/** Sets mode 600 on a .env that holds a password. @returns what was done, in one line. */
export function closeEnvFile(path = join(ROOT, ".env")): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & 0o077) === 0) return undefined;
  const values = parseEnvFile(readFileSync(path, "utf8"));
  if (!table.some(({ name, secret }) => secret && values.get(name))) return undefined;
  const mode = (found.mode & 0o777).toString(8);
  if (found.uid !== process.getuid?.())
    return `warning: .env holds a password and has mode ${mode}; as its owner run: chmod 600 .env`;
  chmodSync(path, 0o600);
  return `.env holds a password: mode changed from ${mode} to 600`;
}
