import { mkdirSync } from "node:fs";
import { config } from "../host/docker/engine.ts";
import { build as buildImages, inspectImage } from "../host/docker/images.ts";
import { buildWorkers, versionImage } from "../host/docker/worker-images.ts";
import { mustRun } from "../host/run.ts";
import type { Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { checkRegistry, nodes, PINS, readPins, STATE, stackModel, writeJson } from "./model.ts";
import { keepReferences, pushedVersions } from "./versions.ts";

/** `ghcr.io/a/b:1` is repository `a/b`, tag `1`. */
export function parts(image: string): [repository: string, tag: string] {
  const [, repository = image, tag = "latest"] =
    /^(?:[^/]*[.:][^/]*\/)?([^:@]+)(?::([^@]+))?/.exec(image) ?? [];
  return [repository, tag];
}

interface Local {
  /** In the stack. */
  image: string;
  /** Here: that of a version for a worker. */
  here: string;
  /** Short. */
  id: string;
}

/** Builds the project's other images and pulls missing ones. @returns the images of the stack, of workers those with a version. */
function gather(versions: Versions): Local[] {
  const { services } = stackModel();
  const model = config();
  const ofWorkers = names();
  buildImages(Object.keys(services).filter((name) => !ofWorkers.includes(name)));
  const images = new Map<string, string>();
  for (const [name, { image }] of Object.entries(services)) {
    const { [name]: version } = versions;
    if (version) images.set(image, versionImage(model, name, version));
    else if (!ofWorkers.includes(name)) images.set(image, image);
  }
  return [...images].map(([image, here]) => {
    if (!inspectImage(here)) mustRun(["docker", "pull", "--quiet", here]);
    return { image, here, id: inspectImage(here)?.Id.replace("sha256:", "").slice(0, 12) ?? "" };
  });
}

/** Tags that contain the image id, for a swarm of one node, which runs its own builds. */
function pinLocally(versions: Versions): Record<string, string> {
  const pins: Record<string, string> = {};
  for (const { image, here, id } of gather(versions)) {
    const [repository, tag] = parts(here);
    const pinned = `${repository}:${tag}-${id}`;
    mustRun(["docker", "tag", here, pinned]);
    pins[image] = pinned;
  }
  return pins;
}

const names = () => workers().map(({ name }) => name);

/** The pushed versions; without a registry, builds what the sources say now. */
export async function build(): Promise<Versions> {
  const pins = readPins();
  checkRegistry(nodes(), pins);
  return pins ? pushedVersions(pins, names()) : buildWorkers(names());
}

/** The pushed images; without a registry, tags of this engine. Those of workers are kept. */
export function pin(versions: Versions): Record<string, string> {
  const pushed = readPins();
  if (pushed) return pushed;
  const model = config();
  const here = Object.entries(versions).filter(([worker, version]) =>
    inspectImage(versionImage(model, worker, version)),
  );
  const built = Object.fromEntries(here);
  const pins = pinLocally(built);
  keepReferences(built, pins);
  return pins;
}

/** Pushes every image and pins it by digest, so that nodes pull from this registry only. */
export async function push(registry: string): Promise<void> {
  if (!registry) throw new UserError("name the registry: make push REGISTRY=registry.example.org/team");
  const versions = await buildWorkers(names());
  const pins: Record<string, string> = {};
  for (const { image, here, id } of gather(versions)) {
    const [repository, tag] = parts(here);
    const name = `${registry}/${repository}`;
    console.log(`pushing ${name}:${tag}-${id}`);
    mustRun(["docker", "tag", here, `${name}:${tag}-${id}`]);
    mustRun(["docker", "push", "--quiet", `${name}:${tag}-${id}`]);
    const pushed = inspectImage(`${name}:${tag}-${id}`);
    const digest = pushed?.RepoDigests.find((each) => each.startsWith(`${name}@`));
    if (!digest) throw new UserError(`${name} was pushed, but the engine reports no digest`);
    pins[image] = digest;
  }
  mkdirSync(STATE, { recursive: true });
  keepReferences(versions, pins);
  writeJson(PINS, pins);
}
