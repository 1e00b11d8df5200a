import { readFileSync } from "node:fs";

/** Settings of a worker process from its environment, validated at start. */
export interface Settings {
  host: string;
  port: number;
  /** A unix socket on which the worker answers too: for a gateway on the same machine. */
  socket: string | undefined;
  /** Name of this replica in `X-Served-By`, logs and metrics. */
  replica: string;
  /** Seconds an idle connection stays open; longer than the gateway's upstream `keepalive_timeout`. */
  idleTimeoutSeconds: number;
  /** Milliseconds between "not ready" and closing the listener; longer than the gateway's DNS `valid`. */
  drainDelayMs: number;
  /** Milliseconds that requests in flight get before the process exits anyway. */
  drainTimeoutMs: number;
  /** When a preview ends, in ms since the epoch; undefined in a process that is none. */
  previewUntil: number | undefined;
  /** The code of a preview that ends then. */
  previewExitCode: number;
}

type Environment = Record<string, string | undefined>;

/** Of JavaScript's dates, in ms since the epoch; a time in seconds is less. */
const [FIRST_TIME, LAST_TIME] = [1e12, 8.64e15];

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const text = env[name] ?? "";
  if (text === "") return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** In a container the host name identifies the replica. */
export function replicaName(env: Environment = process.env): string {
  return env["REPLICA"] || env["HOSTNAME"] || "1";
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}

/** The hash of what runs (workers/build/version.ts): an image has it in a file. */
export function workerVersion(env: Environment = process.env, file = "/version"): string {
  return env["WORKER_VERSION"] || textOf(file) || "dev";
}

export const isPreview = (env: Environment = process.env) => Boolean(env["PREVIEW_UNTIL"]);

/** @throws RangeError that names the variable and its range. */
export function readSettings(env: Environment = process.env): Settings {
  const replica = replicaName(env);
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(replica)) {
    throw new RangeError("REPLICA must be 1 to 64 of A-Z a-z 0-9 . _ -");
  }
  if (!/^(dev|[0-9a-f]{12})$/.test(workerVersion(env))) {
    throw new RangeError("WORKER_VERSION, or the file /version, must be 12 of 0-9 a-f, or dev");
  }
  return {
    host: env["HOST"] || "127.0.0.1",
    port: integer(env, "PORT", 8080, 1, 65535),
    socket: env["SOCKET"] || undefined,
    replica,
    idleTimeoutSeconds: integer(env, "IDLE_TIMEOUT_SECONDS", 75, 1, 255),
    drainDelayMs: integer(env, "DRAIN_DELAY_MS", 0, 0, 60_000),
    drainTimeoutMs: integer(env, "DRAIN_TIMEOUT_MS", 10_000, 0, 600_000),
    previewUntil: isPreview(env) ? integer(env, "PREVIEW_UNTIL", 0, FIRST_TIME, LAST_TIME) : undefined,
    previewExitCode: integer(env, "PREVIEW_EXIT_CODE", 0, 0, 127),
  };
}
