import { Database } from "bun:sqlite";
import { join } from "node:path";
import { dataFolder } from "./resources.ts";

/** How long a statement waits for another replica. */
const BUSY_MS = 5000;
const POLL_MS = 20;

/**
 * An SQLite database in the worker's data folder, shared by all replicas: in WAL mode readers do not wait for a writer.
 * SQLite does not wait for others while it changes the mode, so this does: replicas start at the same time.
 * https://www.sqlite.org/wal.html
 */
export function database(file: string): Database {
  const opened = new Database(join(dataFolder(), file));
  opened.run(`PRAGMA busy_timeout = ${BUSY_MS}`);
  for (const until = performance.now() + BUSY_MS; ; Bun.sleepSync(POLL_MS)) {
    try {
      opened.run("PRAGMA journal_mode = WAL");
      return opened;
    } catch (error) {
      const { code } = error as { code?: string };
      if (!code?.startsWith("SQLITE_BUSY") || performance.now() > until) throw error;
    }
  }
}
