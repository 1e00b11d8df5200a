import { mkdirSync, writeFileSync } from "node:fs";
import { build } from "../host/docker/prepare.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { composeCommand, PINS, STATE, stackModel } from "./model.ts";

interface Image {
  Id: string;
  RepoDigests: string[];
}

function inspect(image: string): Image | undefined {
  const { ok, stdout } = run(["docker", "image", "inspect", image]);
  return ok ? (JSON.parse(stdout) as Image[])[0] : undefined;
}

/** `ghcr.io/a/b:1` is repository `a/b`, tag `1`. */
export function parts(image: string): [repository: string, tag: string] {
  const [, repository = image, tag = "latest"] =
    /^(?:[^/]*[.:][^/]*\/)?([^:@]+)(?::([^@]+))?/.exec(image) ?? [];
  return [repository, tag];
}

/** Builds the project's images and pulls missing others. @returns every image of the stack with its short id. */
function gather(): Map<string, string> {
  const { services } = stackModel();
  build([], composeCommand("build"));
  const images = new Map<string, string>();
  for (const { image } of Object.values(services)) {
    if (!inspect(image)) mustRun(["docker", "pull", "--quiet", image]);
    images.set(image, inspect(image)?.Id.replace("sha256:", "").slice(0, 12) ?? "");
  }
  return images;
}

/** Tags that contain the image id, for a swarm of one node, which runs its own builds. */
export function pinLocally(): Record<string, string> {
  const pins: Record<string, string> = {};
  for (const [image, id] of gather()) {
    const [repository, tag] = parts(image);
    const pinned = `${repository}:${tag}-${id}`;
    mustRun(["docker", "tag", image, pinned]);
    pins[image] = pinned;
  }
  return pins;
}

/** Pushes every image and pins it by digest, so that nodes pull from this registry only. */
export function push(registry: string): void {
  if (!registry) throw new UserError("name the registry: make push REGISTRY=registry.example.org/team");
  const pins: Record<string, string> = {};
  for (const [image, id] of gather()) {
    const [repository, tag] = parts(image);
    const name = `${registry}/${repository}`;
    console.log(`pushing ${name}:${tag}-${id}`);
    mustRun(["docker", "tag", image, `${name}:${tag}-${id}`]);
    mustRun(["docker", "push", "--quiet", `${name}:${tag}-${id}`]);
    const digest = inspect(`${name}:${tag}-${id}`)?.RepoDigests.find((each) => each.startsWith(`${name}@`));
    if (!digest) throw new UserError(`${name} was pushed, but the engine reports no digest`);
    pins[image] = digest;
  }
  mkdirSync(STATE, { recursive: true });
  writeFileSync(PINS, `${JSON.stringify(pins, null, 2)}\n`);
}
