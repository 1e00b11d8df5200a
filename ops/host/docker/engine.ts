// This machine's Docker engine, the resolved compose.yaml, and the images.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { envFile, envProblem, ROOT } from "../../settings/project.ts";
import { mustRun, run } from "../run.ts";

const TIMEOUT_MS = 10_000;

/** Why this machine cannot run containers; undefined when it can. */
export function engineObstacle(): string | undefined {
  if (!Bun.which("docker")) return "there is no docker command";
  const engine = run(["docker", "version", "--format", "{{.Server.Version}}"], { timeoutMs: TIMEOUT_MS });
  if (!engine.ok) return "no Docker engine answers (docker version)";
  const compose = run(["docker", "compose", "version", "--short"], { timeoutMs: TIMEOUT_MS });
  if (!compose.ok || !/^v?([2-9]|\d\d)\./.test(compose.stdout))
    return "Docker Compose v2 is missing (docker compose version)";
  return undefined;
}

export interface BuildSection {
  context: string;
  dockerfile: string;
  args?: Record<string, string>;
}

/** A service in `docker compose config --format json`, with the keys used here. */
export interface ModelService {
  [key: string]: unknown;
  image?: string;
  build?: BuildSection;
  environment?: Record<string, string | null>;
  deploy?: Record<string, unknown>;
  secrets?: { source: string }[];
  volumes?: { type: string; source?: string; target: string; read_only?: boolean }[];
}

export interface Config {
  /** Of the Compose project. */
  name: string;
  services: Record<string, ModelService>;
  volumes?: Record<string, { name?: string }>;
  secrets?: Record<string, object>;
}

let model: Config | undefined;

/** `docker compose config`: profiles and override files applied; without previews. It takes half a second, so it runs once. */
export function config(): Config {
  model ??= JSON.parse(mustRun(["docker", "compose", "config", "--format", "json"])) as Config;
  return model;
}

/** The files that Compose reads by itself: COMPOSE_FILE, otherwise the default names. */
export function composeFiles(
  env: Record<string, string | undefined> = { ...(envProblem ? {} : envFile()), ...process.env },
  exists = (file: string) => existsSync(join(ROOT, file)),
): string[] {
  const { COMPOSE_FILE: files, COMPOSE_PATH_SEPARATOR: separator = ":" } = env;
  if (files) return files.split(separator);
  const [override] = ["compose.override.yml", "compose.override.yaml"].filter(exists);
  return ["compose.yaml", ...(override ? [override] : [])];
}

/** `docker compose` with these files beside those that it reads by itself. */
export function composeWith(...more: string[]): string[] {
  return ["docker", "compose", ...[...composeFiles(), ...more].flatMap((file) => ["-f", file])];
}

/** The base images of a Dockerfile, without its own stages. */
export function baseImages(dockerfile: string): string[] {
  const stages = new Set(["scratch"]);
  const images: string[] = [];
  for (const [, image = "", stage] of dockerfile.matchAll(/^FROM\s+(\S+)(?:\s+AS\s+(\S+))?/gim)) {
    if (!stages.has(image)) images.push(image);
    if (stage) stages.add(stage);
  }
  return images;
}

/** Every image that is pulled: those of services that are not built, and base images. */
function pulledImages(): Set<string> {
  const images = new Set<string>();
  const services = Object.values(config().services);
  const built = new Set(services.filter(({ build }) => build).map(({ image }) => image));
  for (const { image, build } of services) {
    if (build) {
      for (const base of baseImages(readFileSync(join(ROOT, build.dockerfile), "utf8"))) images.add(base);
    } else if (image && !built.has(image)) images.add(image);
  }
  return images;
}

/** Pulls missing images. @returns an error for the first that cannot be pulled. */
export function imageObstacle(): string | undefined {
  for (const image of pulledImages()) {
    if (run(["docker", "image", "inspect", image]).ok) continue;
    console.log(`pulling ${image}`);
    if (!run(["docker", "pull", "--quiet", image], { timeoutMs: 600_000 }).ok)
      return `the image ${image} cannot be found or pulled`;
  }
  return undefined;
}
