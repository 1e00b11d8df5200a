// Which worker containers a deployment replaces. A new container starts beside the old one; Compose alone would
// recreate all of them at once.
import { statSync } from "node:fs";
import { config } from "../host/docker/engine.ts";
import { missingImage, versionImage } from "../host/docker/worker-images.ts";
import type { Instance, Rollout } from "../host/roll.ts";
import { mustRun, run } from "../host/run.ts";
import type { Versions } from "../host/versions.ts";
import { PermanentError } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { type Container, compose, containers, endOf, inspect } from "./containers.ts";

/** Longer than nginx caches an address: DNS_VALID in gateway/generated.ts. */
const DNS_EXPIRY_MS = 2500;

const HASH_LABEL = "com.docker.compose.config-hash";

/** The configuration and image that a service should run. */
export interface Target {
  service: string;
  /** The tag of compose.yaml. */
  tag: string;
  /** The id of the image that it should name. */
  image: string;
  hash: string;
  /** Last change of its secrets' files, in ms. A container keeps the file it was created with. */
  changed: number;
}

function imageOf(tag: string): string {
  return run(["docker", "image", "inspect", "--format", "{{.Id}}", tag]).stdout;
}

/** 0 for a service that is no worker: nginx reloads its secrets. */
function secretsChanged(service: string): number {
  const { secrets = [] } = workers().find(({ name }) => name === service) ?? {};
  return Math.max(0, ...secrets.map(({ file }) => statSync(file).mtimeMs));
}

/**
 * @param versions of workers; another service, or one without a version, has the image that compose.yaml names.
 * @throws UserError when there is no image of a version.
 */
export function targets(names: string[], versions: Versions = {}): Target[] {
  if (names.length === 0) return [];
  const model = config();
  const lines = mustRun(["docker", "compose", "config", "--hash", names.join(",")]).split("\n");
  const hashes = new Map(lines.map((line) => line.split(" ") as [string, string]));
  return names.map((service) => {
    const { [service]: version } = versions;
    const tag = model.services[service]?.image ?? "";
    const image = imageOf(version ? versionImage(model, service, version) : tag);
    if (version && !image) throw missingImage(service, version);
    return { service, tag, image, hash: hashes.get(service) ?? "", changed: secretsChanged(service) };
  });
}

/** Makes compose.yaml's tags name these images, for containers that Compose starts by itself. */
export function tagAll(services: Target[]): void {
  for (const { image, tag } of services)
    if (image && imageOf(tag) !== image) mustRun(["docker", "tag", image, tag]);
}

function isUpToDate({ Image, Config, Created }: Container, { image, hash, changed }: Target): boolean {
  const sameHash = Config.Labels[HASH_LABEL] === hash;
  return Image === image && sameHash && Date.parse(Created) >= changed;
}

/** A service's containers that run its wanted image and configuration. */
export function upToDate(target: Target): Container[] {
  return inspect(containers(target.service)).filter((each) => isUpToDate(each, target));
}

/** Why a container is not ready; undefined when it is. */
async function missing(id: string): Promise<string | undefined> {
  const [container] = inspect([id]);
  if (!container) throw new PermanentError("the container is gone");
  const { Running, Status } = container.State;
  if (!Running || Status === "restarting" || container.RestartCount > 0)
    throw new PermanentError(endOf(container));
  return run(["docker", "exec", id, "/worker", "--healthcheck"]).ok ? undefined : "its health check fails";
}

/** Starts one more container of a service. @returns its id. */
function startOne(service: string): string {
  const before = new Set(containers(service));
  const scale = `${service}=${before.size + 1}`;
  const flags = ["--detach", "--no-deps", "--no-recreate", "--no-build", "--scale", scale];
  mustRun(compose("up", ...flags, service));
  const id = containers(service).find((each) => !before.has(each));
  if (!id) throw new UserError(`Compose started no new container of ${service}`);
  return id;
}

/**
 * Stops a container, which drains for its stop_grace_period. Docker gives the address of a stopped container to the next
 * one that starts, of any service, so this returns only after nginx's cached address has expired.
 */
async function retire(id: string): Promise<void> {
  mustRun(["docker", "stop", id]);
  await Bun.sleep(DNS_EXPIRY_MS);
  run(["docker", "rm", "--force", id]);
}

/** A container of an image to start, or the running one with the id `running`. Compose starts what its tag names. */
function instance({ service, tag }: Target, name: string, image: string, running?: string): Instance {
  let id = running;
  return {
    name,
    start() {
      mustRun(["docker", "tag", image, tag]);
      id ??= startOne(service);
    },
    // A container that was never stopped counts as ready, even if it restarted earlier.
    missing: async () => (id && id !== running ? missing(id) : undefined),
    stays: async () => id && missing(id),
    async retire() {
      const ending = id;
      id = undefined;
      if (ending) await retire(ending);
    },
  };
}

/** The replacements that bring every running worker up to date; empty when all are. */
export function rollouts(services: Target[]): Rollout[] {
  return services.flatMap((each) => {
    const old = inspect(containers(each.service)).filter(
      (container) => container.State.Running && !isUpToDate(container, each),
    );
    const replicas = old.map(({ Id, Image }) => ({
      next: instance(each, "the new replica", each.image),
      now: instance(each, "the previous replica", Image, Id),
    }));
    const down = !old.some(({ State }) => State.Health?.Status === "healthy");
    return replicas.length > 0 ? [{ worker: each.service, replicas, down }] : [];
  });
}

/**
 * Retires what a killed command left beside the replicas: containers that are not healthy, then the newest outdated ones.
 * Equal ones stay: somebody scaled the service.
 */
export async function removeSurplus(target: Target): Promise<void> {
  const found = inspect(containers(target.service)).filter(({ State }) => State.Running);
  const kinds = new Set(found.map(({ Image, Config }) => `${Image} ${Config.Labels[HASH_LABEL]}`));
  const { replicas = 0 } = workers().find(({ name }) => name === target.service) ?? {};
  if (kinds.size === 1 || found.length <= replicas) return;
  const isHealthy = ({ State }: Container) => State.Health?.Status === "healthy";
  const ending = found
    .filter((each) => !isHealthy(each) || !isUpToDate(each, target))
    .toSorted((a, b) => Number(isHealthy(a)) - Number(isHealthy(b)) || b.Created.localeCompare(a.Created))
    .slice(0, found.length - replicas);
  for (const { Id } of ending) await retire(Id);
  if (ending.length > 0)
    console.log(`${target.service}: removed ${ending.length} left by an interrupted command`);
}

/** The workers of compose.yaml without a container. */
export function absent(): string[] {
  return workers()
    .map(({ name }) => name)
    .filter((name) => containers(name).length === 0);
}
