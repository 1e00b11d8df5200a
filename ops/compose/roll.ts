// Which worker containers a deployment replaces. A new container starts beside the old one; Compose alone would
// recreate all of them at once.
import { statSync } from "node:fs";
import { config } from "../host/docker/engine.ts";
import type { Instance, Rollout } from "../host/roll.ts";
import { mustRun, run } from "../host/run.ts";
import { PermanentError } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { type Container, containers, endOf, inspect } from "./containers.ts";

/** Longer than nginx caches an address: DNS_VALID in gateway/generated.ts. */
const DNS_EXPIRY_MS = 2500;

/** The configuration and image that a service should run. */
export interface Wanted {
  service: string;
  /** The tag of compose.yaml, and the id of its image. */
  tag: string;
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

export function wanted(names: string[]): Wanted[] {
  const { services } = config();
  return names.map((service) => {
    const tag = services[service]?.image ?? "";
    const [, hash = ""] = mustRun(["docker", "compose", "config", "--hash", service]).split(" ");
    return { service, tag, image: imageOf(tag), hash, changed: secretsChanged(service) };
  });
}

function isUpToDate({ Image, Config, Created }: Container, { image, hash, changed }: Wanted): boolean {
  const sameHash = Config.Labels["com.docker.compose.config-hash"] === hash;
  return Image === image && sameHash && Date.parse(Created) >= changed;
}

/** A service's containers that run its wanted image and configuration. */
export function upToDate(wanted: Wanted): Container[] {
  return inspect(containers(wanted.service)).filter((each) => isUpToDate(each, wanted));
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
  mustRun(["docker", "compose", "up", ...flags, service]);
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

/** A container to start, or the running one with the id `running`. Its tag is set to `image` first. */
function instance({ service, tag }: Wanted, name: string, image?: string, running?: string): Instance {
  let id = running;
  return {
    name,
    start() {
      if (image) mustRun(["docker", "tag", image, tag]);
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
export function rollouts(services: Wanted[]): Rollout[] {
  return services.flatMap((each) => {
    const old = inspect(containers(each.service)).filter(
      (container) => container.State.Running && !isUpToDate(container, each),
    );
    const replicas = old.map(({ Id, Image }) => ({
      next: instance(each, "the new replica"),
      now: instance(each, "the previous replica", Image, Id),
    }));
    const source = old.some(({ Image }) => Image !== each.image);
    const down = !old.some(({ State }) => State.Health?.Status === "healthy");
    return replicas.length > 0 ? [{ worker: each.service, replicas, source, down }] : [];
  });
}

/** The workers of compose.yaml without a container. */
export function absent(): string[] {
  return workers()
    .map(({ name }) => name)
    .filter((name) => containers(name).length === 0);
}
