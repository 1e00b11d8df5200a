import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type ComposeFile, readCompose } from "./compose-file.ts";
import { parseEnvFile } from "./env-file.ts";
import { readOrExit, UserError } from "./fail.ts";
import type { Environment } from "./interpolate.ts";
import { resolveSettings } from "./table.ts";
import { type Secret, type WorkerFields, workerFields } from "./worker-fields.ts";

export const ROOT = resolve(import.meta.dir, "../..");

function text(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    throw new UserError(`${relative(ROOT, path)} cannot be read: ${(error as Error).message}`);
  }
}

/** The variables of `.env`; none without one. @throws UserError for a line that cannot be read. */
export function envFile(): Record<string, string> {
  const path = join(ROOT, ".env");
  return existsSync(path) ? Object.fromEntries(parseEnvFile(text(path))) : {};
}

interface Read {
  compose: ComposeFile;
  settings: Record<string, string>;
  /** Why `.env` is ignored; only some commands continue without it. */
  envProblem?: string;
}

/** Values come from the environment, then `.env`, then the default in table.ts. */
function read(): Read {
  const compose = (env: Environment) =>
    readCompose(text(join(ROOT, "compose.yaml")), env, resolveSettings(env));
  try {
    return compose({ ...envFile(), ...process.env });
  } catch (error) {
    if (process.env["ENV_FILE_OPTIONAL"] !== "yes") throw error;
    return { ...compose(process.env), envProblem: (error as Error).message };
  }
}

/** compose.yaml interpolated; the value of every setting and of its other variables. */
export const { compose, settings, envProblem } = readOrExit(read);

/** A setting's value. @throws Error when neither table.ts nor compose.yaml defines it. */
export function setting(name: string): string {
  const value = settings[name];
  if (value === undefined) throw new Error(`unknown setting ${name}`);
  return value;
}

export interface WorkerService extends WorkerFields {
  name: string;
  replicas: number;
}

/** A link could lead to a file that only root may read, and root reads the secrets. */
function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** Also for a folder, which Docker creates for a missing file that it mounts, and for a file of another user. */
function isMissing({ file }: Secret): boolean {
  try {
    return !lstatSync(file).isFile() || readFileSync(file, "utf8").replace(/\n$/, "") === "";
  } catch {
    return true;
  }
}

/** The secrets of a worker whose file is missing, empty or a link. */
export function missingSecrets({ secrets }: Pick<WorkerService, "secrets">): Secret[] {
  return secrets.filter(isMissing);
}

/** The first missing secret of a worker as text: "secret API_KEY is missing". */
export function secretProblem(worker: Pick<WorkerService, "secrets">): string | undefined {
  const [first] = missingSecrets(worker);
  if (!first) return undefined;
  if (!isLink(first.file)) return `secret ${first.name} is missing`;
  return `${relative(ROOT, first.file)} is a link; write the text itself`;
}

/** The command that adds a missing secret, for the end of a message. */
export function secretFix(worker: Pick<WorkerService, "secrets">): string {
  return missingSecrets(worker)
    .map(({ name }) => `make secret NAME=${name}`)
    .join("; ");
}

/** The workers whose secrets are all there; the others are not started. */
export function startable(all: WorkerService[] = workers()): WorkerService[] {
  return all.filter((worker) => missingSecrets(worker).length === 0);
}

/** The services that are workers: those with a file of their name in workers/. */
export function workers(): WorkerService[] {
  return Object.entries(compose.services)
    .filter(([name]) => existsSync(join(ROOT, "workers", `${name}.ts`)))
    .map(([name, service]) => ({
      name,
      replicas: Number(service.deploy?.replicas ?? 1),
      ...workerFields(service, compose, ROOT),
    }));
}
