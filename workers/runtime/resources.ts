// A worker's secrets and data folder, which compose.yaml names.
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { log } from "./log.ts";

type Environment = Record<string, string | undefined>;

const SECRET_NAME = /^[A-Z][A-Z0-9_]*$/;
const registered = new Set<string>();

/** @throws Error when the file is missing or empty. */
function readSecret(name: string, env: Environment = process.env): string {
  const path = join(env["SECRETS_DIR"] || "/run/secrets", name);
  let text = "";
  try {
    text = readFileSync(path, "utf8").replace(/\n$/, "");
  } catch {
    // the same message as for an empty file
  }
  if (text) return text;
  throw new Error(
    `the secret ${name} is missing: no text in ${path}; compose.yaml lists it in the worker's secrets, make secret NAME=${name} writes it`,
  );
}

/**
 * A secret of the worker: call this when the module is loaded, and the returned function where the text is needed. `serve`
 * ends the worker when the secret is missing; a test that does not use it needs none. One newline at the end is removed.
 */
export function secret(name: string): () => string {
  if (!SECRET_NAME.test(name)) throw new TypeError(`the secret ${name} must be named like API_KEY`);
  registered.add(name);
  let text: string | undefined;
  return () => {
    text ??= readSecret(name);
    return text;
  };
}

/** @throws Error with the first registered secret that is missing. */
export function checkSecrets(): void {
  for (const name of registered) readSecret(name);
}

/** Every runtime sets it. A variable, because a bundler replaces `process.env.NODE_ENV`. */
const inProduction = (env: Environment = process.env) => env["NODE_ENV"] === "production";

function checkFolder(path: string): void {
  const fix = "mount a volume at /data in compose.yaml (NAME-data:/data)";
  if (!path || !statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`the data folder ${path || "of this worker"} is missing: ${fix}`);
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch {
    throw new Error(`the data folder ${path} is not writable for user ${process.getuid?.()}`);
  }
}

let temporary: string | undefined;

/** An empty folder until the process ends. */
function temporaryFolder(): string {
  if (temporary) return temporary;
  const path = mkdtempSync(join(tmpdir(), "worker-data-"));
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  temporary = path;
  return path;
}

/**
 * The folder of the worker's volume, kept over deployments and shared by its replicas. Tests, `make lint` and other
 * programs that import the worker get a temporary folder, unless DATA_DIR names one.
 * @throws Error when the folder is missing or not writable.
 */
export function dataFolder(): string {
  const named = process.env["DATA_DIR"];
  if (named === undefined && !inProduction()) return temporaryFolder();
  const path = named ?? "/data";
  checkFolder(path);
  return path;
}

/** Says so when a served worker, started by hand, loses its data at its end. */
export function reportTemporaryFolder(): void {
  if (temporary) log("info", "the data folder is temporary: set DATA_DIR", { path: temporary });
}
