// Replaces a worker's containers one at a time, the new one first: Compose itself would recreate all of them at once.

import { config } from "../host/docker/images.ts";
import { mustRun, run } from "../host/run.ts";
import type { Step } from "../host/steps.ts";
import { Hopeless, waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { type Container, containers, inspect, lastWords } from "./containers.ts";

const READY_MS = 30_000;
/** Longer than the `valid=2s` of gateway/templates/upstreams. */
const FORGOTTEN_MS = 2500;

/** Which configuration and image a service should run. */
export interface Wanted {
  service: string;
  /** The tag compose.yaml gives it, and the image that bears it now. */
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

/** A service's running containers that are not what it should run. */
export function outdated(wanted: Wanted): Container[] {
  return inspect(containers(wanted.service)).filter(
    (each) => each.State.Running && !isUpToDate(each, wanted),
  );
}

/** A service's containers that Compose would leave as they are. */
export function upToDate(wanted: Wanted): Container[] {
  return inspect(containers(wanted.service)).filter((each) => isUpToDate(each, wanted));
}

async function ready(id: string): Promise<void> {
  await waitFor(
    "the new replica",
    async () => {
      const [container] = inspect([id]);
      if (!container) throw new Hopeless("the new replica is gone");
      const { Running, Status } = container.State;
      if (!Running || Status === "restarting" || container.RestartCount > 0)
        throw new Hopeless(`the new replica does not stay up: ${lastWords(id)}`);
      return run(["docker", "exec", id, "/worker", "--healthcheck"]).ok ? undefined : "it is not ready yet";
    },
    READY_MS,
  );
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

/** The step that puts a container of the wanted image in the place of `old`. */
export function replace({ service, tag }: Wanted, old: Container, nth: string): Step {
  let fresh = "";
  let retired = false;
  return {
    what: `${service}: replica ${nth}`,
    async run() {
      fresh = startOne(service);
      await ready(fresh);
      retired = true;
      await retire(old.Id);
    },
    async undo() {
      mustRun(["docker", "tag", old.Image, tag]);
      if (retired) await ready(startOne(service));
      if (fresh) await retire(fresh);
    },
  };
}

/** Every step it takes until each running worker is what it should be; none when all are. */
export function replaceOutdated(services: Wanted[] = wanted()): Step[] {
  return services.flatMap((each) =>
    outdated(each).map((old, i, all) => replace(each, old, `${i + 1} of ${all.length}`)),
  );
}
