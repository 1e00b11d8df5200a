import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type ComposeFile, readCompose } from "./compose-file.ts";
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

function envFile(): Record<string, string> {
  const path = join(ROOT, ".env");
  return existsSync(path) ? Object.fromEntries(parseEnvFile(text(path))) : {};
}

interface Read {
  compose: ComposeFile;
  settings: Record<string, string>;
  /** Why `.env` is ignored; only make stop-project continues without it. */
  envProblem?: string;
}

/** Values come from the environment, then `.env`, then the default in table.ts. */
function read(): Read {
  const compose = (env: Environment) =>
    readCompose(text(join(ROOT, "compose.yaml")), env, resolveSettings(env));
  try {
    return compose({ ...envFile(), ...process.env });
  } catch (error) {
    if (process.env["STOPPING"] !== "yes") throw error;
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

export interface WorkerService {
  name: string;
  replicas: number;
  environment: Record<string, string>;
}

/** The services that are workers: those with a file of their name in workers/. */
export function workers(): WorkerService[] {
  return Object.entries(compose.services)
    .filter(([name]) => existsSync(join(ROOT, "workers", `${name}.ts`)))
    .map(([name, service]) => ({
      name,
      replicas: Number(service.deploy?.replicas ?? 1),
      environment: strings(service.environment),
    }));
}

/** A service's `environment:` block as strings. */
export function strings(block: Record<string, string | number> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, String(value)]));
}
