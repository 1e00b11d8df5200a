// State of a checkout between commands, in .state: generated secrets, and the runtime of the last start.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

const STATE = join(ROOT, ".state");
const STARTED = join(STATE, "runtime");

/** Replaces a file in one step, also when the command is killed: no program reads half of it. */
export function replaceFile(path: string, text: string, mode = 0o666): void {
  try {
    writeFileSync(`${path}.new`, text, { mode });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw new UserError(`${path} cannot be written (${(error as Error).message})`);
  }
}

/** A secret in a file of mode 600 below .state, made when the file is missing. */
export function storedSecret(name: string, make: () => string, state = STATE): string {
  const path = join(state, name);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    replaceFile(path, make(), 0o600);
  }
  return readFileSync(path, "utf8");
}

export function randomText(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

/** The runtime of the last start, which may have stopped since; empty when there is none. */
export function startedRuntime(): string {
  return existsSync(STARTED) ? readFileSync(STARTED, "utf8").trim() : "";
}

/** Kept by a stop: `docker compose up` starts the same containers again. */
export function rememberRuntime(name: string): void {
  mkdirSync(STATE, { recursive: true });
  replaceFile(STARTED, `${name}\n`);
}
