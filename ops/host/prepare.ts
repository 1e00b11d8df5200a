// What every runtime prepares before it starts or reloads, and how a changed password takes effect.
import { ensureGatewayUser, refuseGuessable } from "../../gateway/passwords.ts";
import { setting } from "../settings/project.ts";
import { prepareCertificate } from "./certificate.ts";
import { exclusively, USERS } from "./lock.ts";

/** A check of a password that began with the old file ends within this time. */
const CHECK_MS = 300;
/** Longer than nginx uses a removed cache entry: `open_file_cache_valid` of routes/authenticate.conf. */
export const NOTICED_MS = 1100;

/**
 * The certificate and GATEWAY_USER. `bind` is where the gateway will be reachable.
 * @throws UserError for a certificate that cannot be used, or a guessable password off loopback.
 */
export async function prepare(bind = setting("BIND_ADDRESS")): Promise<void> {
  prepareCertificate();
  await exclusively(USERS, () => ensureGatewayUser());
  await refuseGuessable(bind);
}

/** Clears the cache of verified credentials: after running checks, which would be cached once more, have ended. */
export async function clearAuthCache(clear: () => void): Promise<void> {
  await Bun.sleep(CHECK_MS);
  clear();
  await Bun.sleep(NOTICED_MS);
}
