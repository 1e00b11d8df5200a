import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type ComposeFile, readCompose } from "./compose-file.ts";
import { parseEnvFile } from "./env-file.ts";
import { readOrExit, UserError } from "./fail.ts";

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
  /** Why `.env` is left out: only make stop-project goes on without it. */
  envProblem?: string;
}

/** Where a value comes from: the environment, then `.env`, then the default in compose.yaml. */
function read(): Read {
  const path = join(ROOT, "compose.yaml");
  try {
    const file = envFile();
    return readCompose(text(path), { ...file, ...process.env });
  } catch (error) {
    if (process.env["STOPPING"] !== "yes") throw error;
    return { ...readCompose(text(path), process.env), envProblem: (error as Error).message };
  }
}

/** compose.yaml with its variables filled in, and every variable with the value in force. */
export const { compose, settings, envProblem } = readOrExit(read);

/** What the gateway's templates are filled with in containers, except VERIFIER; elsewhere some are replaced. */
export const gatewaySettings = strings(compose["x-gateway-settings"]);

/** A setting's value. @throws Error when compose.yaml does not know it. */
export function setting(name: string): string {
  const value = settings[name];
  if (value === undefined) throw new Error(`compose.yaml has no variable ${name}`);
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
