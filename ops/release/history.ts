// The events of all commands that change versions, in .state/versions.sqlite. The project lock is held where it is
// written, so an event without outcome that another command finds was interrupted.
import { Database } from "bun:sqlite";
import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, renameSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Canary, Shadow } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import type { Change, Event } from "./events.ts";
import type { Source } from "./source.ts";
import { printable } from "./text.ts";

const FILE = join(ROOT, ".state/versions.sqlite");
/** What each version of the file added to the one before. */
const SCHEMAS = [
  `CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  runtime TEXT NOT NULL,
  kind TEXT NOT NULL,
  worker TEXT NOT NULL,
  version TEXT NOT NULL,
  previous TEXT NOT NULL,
  began INTEGER NOT NULL,
  ended INTEGER,
  outcome TEXT,
  reason TEXT NOT NULL DEFAULT '',
  "commit" TEXT NOT NULL,
  dirty INTEGER NOT NULL,
  user TEXT NOT NULL,
  returns INTEGER REFERENCES events,
  until INTEGER,
  shares_data INTEGER NOT NULL DEFAULT 0
) STRICT`,
  `CREATE TABLE shadows (
  runtime TEXT PRIMARY KEY,
  shadow TEXT NOT NULL
) STRICT`,
  `CREATE TABLE canaries (
  runtime TEXT PRIMARY KEY,
  canary TEXT NOT NULL
) STRICT`,
];

/**
 * A command that needs the history ends where it cannot be used. A start goes on without it, after a warning, and so
 * does one that only reads. Only a reader leaves a damaged file in place: it does not hold the lock.
 */
export type Use = "required" | "optional" | "read";

export interface History {
  /** Of this runtime, oldest first. */
  events(): Event[];
  /** Records that these changes begin. @returns their ids. */
  begin(changes: readonly Change[], source: Source): number[];
  finish(ids: readonly number[], outcome: "ok" | "failed", reason?: string): void;
  /** Marks the events of commands that were killed: what they left is repaired. */
  settle(): void;
  /** The shadow that should run, as it was recorded last; with its key. */
  shadow(): Shadow | undefined;
  setShadow(shadow: Shadow | undefined): void;
  /** The canary that should run, as it was recorded last. */
  canary(): Canary | undefined;
  setCanary(canary: Canary | undefined): void;
  /** What the last canary that ended had found. */
  lastCanary(): Ended | undefined;
  keepCanary(ended: Ended): void;
  close(): void;
}

/** The report of a canary that has ended, and when that was, in ms since the epoch. */
interface Ended {
  at: number;
  lines: string[];
}

class Damaged extends UserError {}

const code = (error: unknown) => String((error as { code?: unknown }).code ?? "");

function access(path: string): string {
  const uid = lstatSync(path, { throwIfNoEntry: false })?.uid;
  return uid === undefined || uid === process.getuid?.()
    ? "make it and its folder writable"
    : `it belongs to the user with the id ${uid}: run the command as that user or as root`;
}

/** What to do about an error of SQLite or of the file system, in one line. */
function explained(error: unknown, path: string): Error {
  if (error instanceof UserError) return error;
  const [name, reason] = [relative(ROOT, path), (error as Error).message];
  if (/^SQLITE_(NOTADB|CORRUPT|ERROR)/.test(code(error)))
    return new Damaged(`${name} is damaged (${reason})`);
  if (/^(SQLITE_FULL|SQLITE_IOERR|ENOSPC)/.test(code(error)))
    return new UserError(`${name} cannot be written (${reason}): free some space on its disk`);
  if (/^(SQLITE_(READONLY|CANTOPEN|PERM)|EACCES|EPERM|EROFS)/.test(code(error)))
    return new UserError(`${name} cannot be written (${reason}): ${access(path)}`);
  return code(error) ? new UserError(`${name} cannot be used (${reason})`) : (error as Error);
}

function guarded<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explained(error, path);
  }
}

/** Creates it with mode 600 where it is missing. */
function openFile(path: string): Database {
  mkdirSync(dirname(path), { recursive: true });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found && !found.isFile()) throw new UserError(`${relative(ROOT, path)} is not a file: move it away`);
  if (!found) closeSync(openSync(path, "ax", 0o600));
  else if (found.uid === process.getuid?.() && (found.mode & 0o077) !== 0) chmodSync(path, 0o600);
  return new Database(path, { readwrite: true });
}

/** @throws Error of SQLite for a damaged file; creates the tables that are missing. */
function prepare(database: Database, path: string): void {
  database.run("PRAGMA busy_timeout = 5000");
  const value = (pragma: string) => Object.values(database.query(`PRAGMA ${pragma}`).get() ?? {})[0];
  const version = Number(value("user_version"));
  if (version > SCHEMAS.length)
    throw new UserError(
      `${relative(ROOT, path)} was written by a newer version of this project: update the sources, or move it away`,
    );
  const checked = value("quick_check(1)");
  if (checked !== "ok") throw new Damaged(`${relative(ROOT, path)} is damaged (${String(checked)})`);
  if (version < SCHEMAS.length)
    database.transaction(() => {
      for (const schema of SCHEMAS.slice(version)) database.run(schema);
      database.run(`PRAGMA user_version = ${SCHEMAS.length}`);
    })();
  database.query("SELECT id FROM events LIMIT 1").get();
}

function openPrepared(path: string): Database {
  return guarded(path, () => {
    const database = openFile(path);
    try {
      prepare(database, path);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

function withoutFile(path: string): Database {
  const database = new Database(":memory:");
  prepare(database, path);
  return database;
}

function open(path: string, use: Use): Database {
  try {
    return openPrepared(path);
  } catch (error) {
    if (error instanceof Damaged && use !== "read") {
      const aside = `${path}.damaged-${new Date().toISOString().replace(/\W/g, "-")}`;
      guarded(path, () => renameSync(path, aside));
      console.error(
        `warning: ${error.message}; moved to ${relative(ROOT, aside)}: earlier versions have no date`,
      );
      return openPrepared(path);
    }
    if (!(error instanceof UserError) || use === "required") throw error;
    console.error(`warning: ${error.message}; ${use === "read" ? "shown" : "continuing"} without it`);
    return withoutFile(path);
  }
}

interface Row extends Omit<Event, "sharesData" | "dirty" | "outcome" | "until" | "returns"> {
  outcome: Event["outcome"] | null;
  dirty: number;
  shares_data: number;
  returns: number | null;
  until: number | null;
}

function eventOf({ shares_data, dirty, outcome, until, returns, ...row }: Row): Event {
  return {
    ...row,
    user: printable(row.user),
    reason: printable(row.reason),
    dirty: dirty === 1,
    sharesData: shares_data === 1,
    ...(outcome && { outcome }),
    ...(until !== null && { until }),
    ...(returns !== null && { returns }),
  };
}

/** @throws UserError when it is required and cannot be used. */
export function openHistory(runtime: string, use: Use, path = FILE): History {
  const database = open(path, use);
  /** All or nothing. Where the history is optional, a full disk does not stop a start. */
  function write(run: () => void): void {
    try {
      guarded(path, () => database.transaction(run).immediate());
    } catch (error) {
      if (use !== "optional" || !(error instanceof UserError)) throw error;
      console.error(`warning: ${error.message}; what this command does is not recorded`);
    }
  }
  /** What should run beside the replicas. */
  function wanted(table: "shadows" | "canaries", key = runtime): unknown {
    const query = `SELECT * FROM ${table} WHERE runtime = ?`;
    const row = guarded(path, () => database.query<Record<string, string>, [string]>(query).get(key));
    return row ? JSON.parse(Object.values(row)[1] ?? "") : undefined;
  }
  function want(table: "shadows" | "canaries", value: object | undefined, key = runtime): void {
    write(() => {
      if (value) database.run(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`, [key, JSON.stringify(value)]);
      else database.run(`DELETE FROM ${table} WHERE runtime = ?`, [key]);
    });
  }
  const interrupted = `UPDATE events SET outcome = 'interrupted', ended = ? WHERE outcome IS NULL AND runtime = ?`;
  const insert = `INSERT INTO events
    (runtime, kind, worker, version, previous, began, "commit", dirty, user, returns, until, shares_data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`;
  return {
    events: () =>
      guarded(path, () =>
        database.query<Row, [string]>("SELECT * FROM events WHERE runtime = ? ORDER BY id").all(runtime),
      ).map(eventOf),
    begin(changes, source) {
      const [ids, now]: [number[], number] = [[], Date.now()];
      write(() => {
        for (const { kind, worker, version, previous, returns, from, until, sharesData = false } of changes) {
          const { commit, dirty } = from ?? source;
          const row = [
            runtime,
            kind,
            worker,
            version,
            previous,
            now,
            commit,
            Number(dirty),
            printable(source.user),
          ];
          const optional = [returns ?? null, until ?? null, Number(sharesData)];
          const added = database
            .query<{ id: number }, (string | number | null)[]>(insert)
            .get(...row, ...optional);
          ids.push(added?.id ?? 0);
        }
      });
      return ids;
    },
    finish(ids, outcome, reason = "") {
      const end = database.query("UPDATE events SET outcome = ?, reason = ?, ended = ? WHERE id = ?");
      write(() => {
        for (const id of ids) end.run(outcome, reason.split("\n", 1)[0] ?? "", Date.now(), id);
      });
    },
    shadow: () => wanted("shadows") as Shadow | undefined,
    setShadow: (shadow) => want("shadows", shadow),
    canary: () => wanted("canaries") as Canary | undefined,
    setCanary: (canary) => want("canaries", canary),
    lastCanary: () => wanted("canaries", `${runtime} ended`) as Ended | undefined,
    keepCanary: (ended) => want("canaries", ended, `${runtime} ended`),
    settle: () => write(() => database.run(interrupted, [Date.now(), runtime])),
    close: () => database.close(),
  };
}
