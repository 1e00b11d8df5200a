// What to replace when a worker changed. The new container starts beside the old one: Compose itself would recreate
// all of them at once.
import { config } from "../host/docker/engine.ts";
import type { Instance, Rollout } from "../host/roll.ts";
import { mustRun, run } from "../host/run.ts";
import { PermanentError } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { type Container, containers, inspect, lastComplaint } from "./containers.ts";

/** Longer than the `valid` that gateway/generated.ts gives the resolver. */
const FORGOTTEN_MS = 2500;

/** Which configuration and image a service should run. */
export interface Wanted {
  service: string;
  /** The tag compose.yaml gives it, and the image that has it now. */
  tag: string;
  image: string;
  hash: string;
}

function imageOf(tag: string): string {
  return run(["docker", "image", "inspect", "--format", "{{.Id}}", tag]).stdout;
}

export function wanted(names = workers().map(({ name }) => name)): Wanted[] {
  const { services } = config();
  return names.map((service) => {
    const tag = services[service]?.image ?? "";
    const [, hash = ""] = mustRun(["docker", "compose", "config", "--hash", service]).split(" ");
    return { service, tag, image: imageOf(tag), hash };
  });
}

function isUpToDate({ Image, Config }: Container, { image, hash }: Wanted): boolean {
  return Image === image && Config.Labels["com.docker.compose.config-hash"] === hash;
}

/** A service's containers that Compose would leave as they are. */
export function upToDate(wanted: Wanted): Container[] {
  return inspect(containers(wanted.service)).filter((each) => isUpToDate(each, wanted));
}

/** What a container lacks to be ready. */
async function missing(id: string): Promise<string | undefined> {
  const [container] = inspect([id]);
  if (!container) throw new PermanentError("it is gone");
  const { Running, Status } = container.State;
  if (!Running || Status === "restarting" || container.RestartCount > 0)
    throw new PermanentError(`it does not stay up: ${lastComplaint(id)}`);
  return run(["docker", "exec", id, "/worker", "--healthcheck"]).ok ? undefined : "it is not ready yet";
}

/** Starts one more container of a service from the image its tag names now. @returns its id. */
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
 * SIGTERM, then as long to drain as Compose gave the container (stop_grace_period). Docker gives the address of a stopped
 * container to the next one that starts, of whatever service: nginx must have forgotten it first.
 */
async function retire(id: string): Promise<void> {
  mustRun(["docker", "stop", id]);
  await Bun.sleep(FORGOTTEN_MS);
  run(["docker", "rm", "--force", id]);
}

/** A container that is to be started. `image` is the one its tag is given first. */
function instance({ service, tag }: Wanted, name: string, image?: string, running?: string): Instance {
  let id = running;
  return {
    name,
    start() {
      if (image) mustRun(["docker", "tag", image, tag]);
      id ??= startOne(service);
    },
    // One that was never stopped is in service, also if it crashed some time ago.
    missing: async () => (id && id !== running ? missing(id) : undefined),
    async retire() {
      const ending = id;
      id = undefined;
      if (ending) await retire(ending);
    },
  };
}

/** What it takes until each running worker is what it should be; nothing when all are. */
export function rollouts(services: Wanted[] = wanted()): Rollout[] {
  return services.flatMap((each) => {
    const old = inspect(containers(each.service)).filter(
      (container) => container.State.Running && !isUpToDate(container, each),
    );
    const replicas = old.map(({ Id, Image }) => ({
      next: instance(each, "the new replica"),
      now: instance(each, "the replica before", Image, Id),
    }));
    return replicas.length > 0 ? [{ worker: each.service, replicas }] : [];
  });
}
