// This machine's Docker engine, the resolved compose.yaml, and the images.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../settings/project.ts";
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

interface Config {
  /** Of the Compose project. */
  name: string;
  services: Record<
    string,
    {
      image?: string;
      build?: { dockerfile: string };
      volumes?: { type: string; source?: string; read_only?: boolean }[];
    }
  >;
  volumes?: Record<string, { name?: string }>;
}

/** `docker compose config`: profiles and override files applied. */
export function config(): Config {
  return JSON.parse(mustRun(["docker", "compose", "config", "--format", "json"])) as Config;
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
