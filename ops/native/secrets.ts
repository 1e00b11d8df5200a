// The secrets of workers while they run: copies that only the worker's account can read.
import { createHmac } from "node:crypto";
import {
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { randomText, storedSecret } from "../host/state.ts";
import type { WorkerService } from "../settings/project.ts";
import { startedByRoot, workerPart } from "./accounts.ts";
import { giveTo, ownFolder } from "./folders.ts";
import { RUN_DIR } from "./paths.ts";
import type { Process } from "./pm2.ts";

/** Without following a link: root reads it. missingSecrets() names a link before. */
const NO_LINK = { flag: constants.O_RDONLY | constants.O_NOFOLLOW };
const SECRETS = join(RUN_DIR, "secrets");

/** With a key, because the digest is in a path: without it, a short secret could be found by trying values. */
function version(texts: [string, Buffer][]): string {
  const digest = createHmac("sha256", storedSecret("native/secrets.key", randomText));
  for (const [name, text] of texts) digest.update(`${name}\0${text.length}\0`).update(text);
  return digest.digest("hex").slice(0, 12);
}

/**
 * The variable with the folder of a worker's secrets, which is written where it is missing. One folder per version: a
 * changed secret is a changed process, and a rollback or a restart after a crash finds the secrets it began with.
 */
export function secretsVariable({
  name,
  secrets,
}: Pick<WorkerService, "name" | "secrets">): Record<string, string> {
  if (secrets.length === 0) return {};
  const texts = secrets.map(({ name, file }): [string, Buffer] => [name, readFileSync(file, NO_LINK)]);
  const folder = join(SECRETS, `${name}-${version(texts)}`);
  if (!existsSync(folder)) {
    ownFolder(SECRETS, startedByRoot ? 0o711 : 0o700);
    const next = `${folder}.new`;
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { mode: 0o700 });
    for (const [file, text] of texts) writeFileSync(join(next, file), text, { mode: 0o600 });
    giveTo(workerPart(name), next);
    renameSync(next, folder);
  }
  return { SECRETS_DIR: folder };
}

/** Removes the secrets that no declared process reads. */
export function removeOldSecrets(declared: readonly Pick<Process, "env">[]): void {
  if (!existsSync(SECRETS)) return;
  const kept = new Set(declared.map(({ env }) => basename(env["SECRETS_DIR"] ?? "")));
  for (const folder of readdirSync(SECRETS))
    if (!kept.has(folder)) rmSync(join(SECRETS, folder), { recursive: true, force: true });
}
