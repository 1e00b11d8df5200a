import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type ComposeFile, readCompose, type Service } from "./compose-file.ts";
import { parseEnvFile } from "./env-file.ts";
import { readOrExit, UserError } from "./fail.ts";
import type { Environment } from "./interpolate.ts";
import { resolveSettings } from "./table.ts";

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

export interface Secret {
  name: string;
  /** Absolute path. */
  file: string;
}

export interface WorkerService {
  name: string;
  replicas: number;
  environment: Record<string, string>;
  secrets: Secret[];
  /** The named volume mounted at /data. */
  data?: string;
  /** Whether it may reach other hosts: it is in the network `outbound`. */
  outbound: boolean;
}

const DATA = ":/data";
const OUTBOUND = "outbound";

function dataOf({ volumes = [] }: Service): { data?: string } {
  const volume = volumes.find((text) => text.endsWith(DATA));
  return volume === undefined ? {} : { data: volume.slice(0, -DATA.length) };
}

function secretsOf({ secrets = [] }: Service): Secret[] {
  return secrets.map((name) => ({ name, file: resolve(ROOT, compose.secrets?.[name]?.file ?? name) }));
}

/** The secrets of a worker whose file is missing or empty. */
export function missingSecrets({ secrets }: Pick<WorkerService, "secrets">): Secret[] {
  return secrets.filter(({ file }) => !existsSync(file) || statSync(file).size === 0);
}

/** The services that are workers: those with a file of their name in workers/. */
export function workers(): WorkerService[] {
  return Object.entries(compose.services)
    .filter(([name]) => existsSync(join(ROOT, "workers", `${name}.ts`)))
    .map(([name, service]) => ({
      name,
      replicas: Number(service.deploy?.replicas ?? 1),
      environment: strings(service.environment),
      secrets: secretsOf(service),
      ...dataOf(service),
      outbound: Object.hasOwn(service.networks ?? {}, OUTBOUND),
    }));
}

/** A service's `environment:` block as strings. */
export function strings(block: Record<string, string | number> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, String(value)]));
}
