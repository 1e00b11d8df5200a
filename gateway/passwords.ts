// The gateway's password file: user:bcrypt, one a line, readable by its owner alone.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT, setting } from "../ops/lib/compose.ts";

export const PASSWORD_FILE = join(ROOT, "gateway/secrets/htpasswd");
const COST = 10; // 2^10 rounds, about 50 ms a guess

/** User names and their hashes; empty when there is no file yet. */
export function readUsers(path = PASSWORD_FILE): Map<string, string> {
  if (!existsSync(path)) return new Map();
  const lines = readFileSync(path, "utf8").split("\n").filter(Boolean);
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}

/** Replaces the file in one step, so that a reader never sees half of it. */
export function writeUsers(users: Map<string, string>, path = PASSWORD_FILE): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const text = [...users].map(([name, hash]) => `${name}:${hash}\n`).join("");
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export function hashPassword(password: string): Promise<string> {
  return Bun.password.hash(password, { algorithm: "bcrypt", cost: COST });
}

/** Makes GATEWAY_USER's password GATEWAY_PASSWORD where it is not yet; leaves other users alone. */
export async function ensureGatewayUser(): Promise<boolean> {
  const [user, password] = [setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")];
  const users = readUsers();
  const hash = users.get(user);
  if (hash && (await Bun.password.verify(password, hash))) return false;
  users.set(user, await hashPassword(password));
  writeUsers(users);
  return true;
}
