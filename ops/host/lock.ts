// Locks between the commands of a checkout. They are SQLite's file locks: the operating system releases them however a
// process ends, so there are no stale locks.
import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { replaceFile } from "./state.ts";

export interface Lock {
  path: string;
  /** How long to wait for another command. */
  seconds: number;
}

/** Start, reload, deploy and stop: one at a time. */
export const PROJECT: Lock = { path: join(ROOT, ".state/project.lock"), seconds: 600 };
/** The password file and its copies. PROJECT is taken first where both are needed. */
export const USERS: Lock = { path: join(ROOT, ".state/users.lock"), seconds: 60 };

const POLL_MS = 100;
const held = new Set<string>();

function open(path: string): Database {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return new Database(path);
  } catch (error) {
    throw new UserError(`${relative(ROOT, path)}: ${(error as Error).message}`);
  }
}

/** False while another process holds the lock. */
function take(database: Database, path: string): boolean {
  try {
    database.run("BEGIN EXCLUSIVE");
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "SQLITE_BUSY") return false;
    throw new UserError(`${relative(ROOT, path)}: ${(error as Error).message}`);
  }
}

/** The holder, for messages. */
function holder(path: string): string {
  try {
    return `another make (pid ${readFileSync(`${path}.pid`, "utf8")})`;
  } catch {
    return "another make"; // the holder is starting or ending
  }
}

/** Whether a process holds the lock now. */
export function isHeld({ path }: Lock): boolean {
  const database = open(path);
  try {
    return !take(database, path);
  } finally {
    database.close();
  }
}

async function wait(database: Database, { path, seconds }: Lock): Promise<void> {
  const until = performance.now() + seconds * 1000;
  for (let tries = 0; !take(database, path); tries++) {
    if (tries === 1) console.error(`waiting for ${holder(path)}`); // not at once: a holder that begins has not left its pid
    if (performance.now() > until)
      throw new UserError(`${holder(path)} did not finish in ${seconds} s; nothing was changed`);
    await Bun.sleep(POLL_MS);
  }
}

/**
 * Runs `run` while no other process holds the lock; reentrant within a process.
 * @throws UserError when the lock is not free in time.
 */
export async function exclusively<T>(lock: Lock, run: () => Promise<T> | T): Promise<T> {
  if (held.has(lock.path)) return run();
  const database = open(lock.path);
  try {
    await wait(database, lock);
    held.add(lock.path);
    replaceFile(`${lock.path}.pid`, String(process.pid));
    return await run();
  } finally {
    if (held.delete(lock.path)) rmSync(`${lock.path}.pid`, { force: true });
    database.close();
  }
}
