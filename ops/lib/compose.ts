import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { parse } from "yaml";
import { defaults, interpolate } from "./interpolate.ts";

export const ROOT = resolve(import.meta.dir, "../..");

interface Service {
  environment?: Record<string, string | number>;
  deploy?: { replicas?: number };
}

interface ComposeFile {
  services: Record<string, Service>;
  "x-gateway-settings": Record<string, string | number>;
  "x-native": { worker_port_base: string; status_port: string };
}

/** Where a value comes from: the environment, then `.env`, then the default in compose.yaml. */
function environment(): Record<string, string | undefined> {
  const path = join(ROOT, ".env");
  const file = existsSync(path) ? parseEnv(readFileSync(path, "utf8")) : {};
  return { ...file, ...process.env };
}

const text = readFileSync(join(ROOT, "compose.yaml"), "utf8");
const env = environment();

/** compose.yaml with its variables filled in. */
export const compose = parse(interpolate(text, env), { merge: true }) as ComposeFile;

/** What the gateway's templates are filled with in containers, except VERIFIER; elsewhere some are replaced. */
export const gatewaySettings = strings(compose["x-gateway-settings"]);

/** Every variable of compose.yaml with the value in force, by name. */
export const settings: Record<string, string> = Object.fromEntries(
  [...defaults(text)].map(([name, fallback]) => [name, env[name] || fallback]),
);

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
      replicas: service.deploy?.replicas ?? 1,
      environment: strings(service.environment),
    }));
}

/** A service's `environment:` block as strings. */
export function strings(block: Record<string, string | number> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(block).map(([name, value]) => [name, String(value)]));
}
