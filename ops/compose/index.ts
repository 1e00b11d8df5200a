// The runtime "compose": containers of this machine's Docker engine.
import { existsSync } from "node:fs";
import { engineObstacle, imageObstacle } from "../host/docker/engine.ts";
import { publishContainerPasswords, SECRETS } from "../host/docker/mounted.ts";
import { build } from "../host/docker/prepare.ts";
import { deployRolling } from "../host/roll.ts";
import { attach, run } from "../host/run.ts";
import { workers } from "../settings/project.ts";
import { hasContainers, stopContainers } from "./containers.ts";
import { rollouts } from "./roll.ts";

export { reload, start } from "./start.ts";

export const where = "in containers";

export function obstacle(): string | undefined {
  return engineObstacle() ?? imageObstacle();
}

export function isRunning(): boolean {
  return engineObstacle() === undefined && hasContainers();
}

export async function stop(): Promise<boolean> {
  return engineObstacle() === undefined && stopContainers();
}

/** Builds the images and replaces, one at a time, the worker containers that are not of the new ones. */
export async function deploy(): Promise<void> {
  console.log("building the images");
  build(workers().map(({ name }) => name));
  const since = ["--since", new Date().toISOString()];
  const log = ["docker", "compose", "logs", "--no-color", "--no-log-prefix", ...since, "gateway"];
  await deployRolling(rollouts(), () => run(log).stdout);
}

export function status(): void {
  attach(["docker", "compose", "ps", "--all"]);
}

export function logs(): number {
  return attach(["docker", "compose", "logs", "--follow", "--tail", "20"]);
}

export function users() {
  if (!existsSync(SECRETS)) return undefined;
  return { place: "the containers", publish: publishContainerPasswords };
}
