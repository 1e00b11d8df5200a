// The gateway's password file: one user:bcrypt per line, readable by its owner only.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { UserError } from "../ops/settings/fail.ts";
import { ROOT, setting } from "../ops/settings/project.ts";
import { isLoopback } from "../ops/settings/validate.ts";

export const PASSWORD_FILE = join(ROOT, "gateway/secrets/htpasswd");
const COST = 10; // 2^10 rounds, 60 to 100 ms a guess
const FROM_SETTINGS = "gateway"; // a comment: nginx ignores the third field

export interface User {
  hash: string;
  /** Created from GATEWAY_USER and GATEWAY_PASSWORD; removed when they name another user. */
  fromSettings: boolean;
}

function refused(path: string, error: unknown): UserError {
  return new UserError(`${relative(ROOT, path)}: ${(error as Error).message}; nothing was changed`);
}

/** Empty if there is no file; an unreadable file is an error, not an empty list. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw refused(path, error);
  }
}

/** Users by name; empty if there is no file. */
export function readUsers(path = PASSWORD_FILE): Map<string, User> {
  const lines = read(path).split("\n").filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [name = "", hash = "", comment] = line.split(":");
      return [name, { hash, fromSettings: comment === FROM_SETTINGS }];
    }),
  );
}

/** Replaces the file atomically. */
export function writeUsers(users: Map<string, User>, path = PASSWORD_FILE): void {
  const lines = [...users].map(
    ([name, { hash, fromSettings }]) => `${name}:${hash}${fromSettings ? `:${FROM_SETTINGS}` : ""}\n`,
  );
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, lines.join(""), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw refused(path, error);
  }
}

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, { algorithm: "bcrypt", cost: COST });
}

/** False also for a hash that is not bcrypt: an older file may hold others. */
async function matches(password: string, hash: string): Promise<boolean> {
  return Bun.password.verify(password, hash).catch(() => false);
}

/**
 * Sets the password of GATEWAY_USER to GATEWAY_PASSWORD, and removes the user these settings named before. The caller
 * holds the file's lock. @returns whether the file changed.
 */
export async function ensureGatewayUser(path = PASSWORD_FILE): Promise<boolean> {
  const [name, password] = [setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")];
  const users = readUsers(path);
  const known = users.get(name);
  const former = [...users].filter(([other, { fromSettings }]) => fromSettings && other !== name);
  if (known?.fromSettings && former.length === 0 && (await matches(password, known.hash))) return false;
  for (const [other] of former) users.delete(other);
  users.set(name, { hash: await hashPassword(password), fromSettings: true });
  writeUsers(users, path);
  return true;
}

/** Names of users whose password is their own name or the demo default. */
export async function guessable(path = PASSWORD_FILE): Promise<string[]> {
  const found: string[] = [];
  for (const [name, { hash }] of readUsers(path)) {
    if ((await matches(name, hash)) || (await matches("admin", hash))) found.push(name);
  }
  return found;
}

/** @throws UserError if the gateway is reachable from other machines and a password is guessable. */
export async function refuseGuessable(bind = setting("BIND_ADDRESS")): Promise<void> {
  if (isLoopback(bind)) return;
  const [name] = await guessable();
  if (name)
    throw new UserError(
      `the gateway is reachable from other machines and the password of ${name} is guessable: make user-add NAME=${name} or make user-remove NAME=${name}`,
    );
}
