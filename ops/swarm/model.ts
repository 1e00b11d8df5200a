import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { composeWith } from "../host/docker/engine.ts";
import { mustRun, run } from "../host/run.ts";
import { replaceFile } from "../host/state.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, workers } from "../settings/project.ts";
import type { Model } from "./render.ts";

export const STATE = join(ROOT, ".state/swarm");
/** The registry digest of each image, written by `make push`. */
export const PINS = join(STATE, "images.json");
/** The stack of the last deployment from this checkout; removed with the stack. */
export const DEPLOYED = join(STATE, "stack.json");

export function writeJson(path: string, value: object): void {
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** The `x-every-worker` of ops/swarm/stack.yaml. */
interface EveryWorker {
  environment: Record<string, string>;
  /** Replicas on a swarm per replica in compose.yaml. */
  replicas_factor: number;
  deploy: Record<string, unknown>;
}
export interface StackModel extends Model {
  name: string;
  "x-every-worker": EveryWorker;
  "x-keeps-state": { placement: object };
}

/** Applies `x-every-worker` to the workers. One with data runs where its volume is, with the replicas of one machine. */
export function withWorkers(model: StackModel, names: { name: string; data?: string }[]): StackModel {
  const { environment, replicas_factor, deploy } = model["x-every-worker"];
  const { placement } = model["x-keeps-state"];
  const services = { ...model.services };
  for (const { name, data } of names) {
    const service = services[name];
    if (!service) continue;
    const own = (service["deploy"] ?? {}) as { replicas?: number };
    services[name] = {
      ...service,
      environment: { ...(service["environment"] as object | undefined), ...environment },
      deploy: {
        ...own,
        ...deploy,
        ...(data === undefined
          ? { replicas: (own.replicas ?? 1) * replicas_factor }
          : { replicas: own.replicas ?? 1, placement }),
      },
    };
  }
  return { ...model, services };
}

export function stackModel(): StackModel {
  const model = JSON.parse(
    mustRun([...composeWith("ops/swarm/stack.yaml"), "config", "--format", "json"]),
  ) as StackModel;
  return withWorkers(model, workers());
}

/** Without the services of this name, and without secrets that no other service uses: their files may be missing. */
export function withoutServices(model: StackModel, names: string[]): StackModel {
  const services = Object.fromEntries(
    Object.entries(model.services).filter(([name]) => !names.includes(name)),
  );
  const used = new Set(
    Object.values(services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source)),
  );
  const secrets = Object.entries(model.secrets).filter(([name]) => used.has(name));
  return { ...model, services, secrets: Object.fromEntries(secrets) };
}

export function readPins(): Record<string, string> | undefined {
  if (!existsSync(PINS)) return undefined;
  return JSON.parse(readFileSync(PINS, "utf8")) as Record<string, string>;
}

/** @throws UserError for several nodes without a registry. */
export function checkRegistry(cluster: Node[], pins: Record<string, string> | undefined): void {
  if (!pins && cluster.length > 1)
    throw new UserError(`${cluster.length} nodes pull from a registry: make push REGISTRY=... first`);
}

export interface Node {
  ID: string;
  Spec: { Labels: Record<string, string> };
  Description: { Hostname: string };
  Status: { State: string };
}

/** Why this engine cannot manage a stack; undefined on a manager of a swarm. */
export function swarmObstacle(): string | undefined {
  if (!Bun.which("docker")) return "there is no docker command";
  const control = run(["docker", "info", "--format", "{{.Swarm.ControlAvailable}}"]);
  if (!control.ok) return "no Docker engine answers here (docker info)";
  return control.stdout === "true" ? undefined : "this engine is not a swarm manager; run: docker swarm init";
}

/** @throws UserError when this engine is not a swarm manager. */
export function nodes(): Node[] {
  const obstacle = swarmObstacle();
  if (obstacle) throw new UserError(obstacle);
  const ids = mustRun(["docker", "node", "ls", "--quiet"]).split("\n");
  return JSON.parse(mustRun(["docker", "node", "inspect", ...ids])) as Node[];
}
