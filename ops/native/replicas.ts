import { canaryName, previewName, shadowName } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { setting, startable, type WorkerService, workers } from "../settings/project.ts";

export interface Replica {
  worker: WorkerService;
  /** 1 to the number of replicas; "next" is the extra replica of a deployment. */
  index: number | "next" | "preview" | "shadow" | "canary";
  port: number;
}

/** Ports per worker, so that scaling or adding a worker changes no other port; the last are the canary's to the spare's. */
const BLOCK = 20;
const MOST = BLOCK - 4;

function block(worker: WorkerService, services: WorkerService[]): number {
  const nth = services.findIndex(({ name }) => name === worker.name);
  return Number(setting("WORKER_PORT_BASE")) + nth * BLOCK;
}

/**
 * Every replica with its loopback port: from WORKER_PORT_BASE, twenty per worker, in the order of compose.yaml.
 * @throws UserError for more replicas than ports.
 */
export function replicas(services: WorkerService[] = workers()): Replica[] {
  return services.flatMap((worker) => {
    if (worker.replicas > MOST) {
      throw new UserError(`${worker.name}: native mode runs at most ${MOST} replicas; see RUNTIME=compose`);
    }
    const first = block(worker, services);
    return Array.from({ length: worker.replicas }, (_, i) => ({ worker, index: i + 1, port: first + i }));
  });
}

/** These workers with the replicas that still run after one was scaled down: the gateway uses them until the next start. */
export function withSurplus(services: WorkerService[], names: readonly string[]): WorkerService[] {
  return services.map((worker) => {
    const own = names.filter((name) => !isExtra(name) && !isBeside(name) && workerOf(name) === worker.name);
    const highest = Math.max(
      worker.replicas,
      ...own.map((name) => Number(name.slice(worker.name.length + 1))),
    );
    return { ...worker, replicas: highest };
  });
}

/** Those that can be started: their worker lacks no secret. */
export function withSecrets(all: Replica[]): Replica[] {
  const ready = new Set(startable([...new Set(all.map(({ worker }) => worker))]));
  return all.filter(({ worker }) => ready.has(worker));
}

/**
 * The extra replica of a deployment, on the worker's last port. It is always a `backup` server of the upstream, so its
 * start and stop need no reload.
 */
export function spareReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  return { worker, index: "next", port: block(worker, services) + BLOCK - 1 };
}

/** The one replica of a preview. */
export function previewReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  return { worker, index: "preview", port: block(worker, services) + BLOCK - 2 };
}

/** The process of a shadow of this worker's requests. */
export function shadowReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  return { worker, index: "shadow", port: block(worker, services) + BLOCK - 3 };
}

/** The process of a canary of this worker's clients. */
export function canaryReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  return { worker, index: "canary", port: block(worker, services) + MOST };
}

/** The name of a replica's process. */
export function processName({ worker, index }: Pick<Replica, "index"> & { worker: { name: string } }) {
  const named = { preview: previewName, shadow: shadowName, canary: canaryName };
  return typeof index === "number" || index === "next"
    ? `${worker.name}-${index}`
    : named[index](worker.name);
}

/** The worker of a process, by its name; that of another process is its own. A worker's name has no dot. */
export const workerOf = (name: string) => name.replace(/(-(\d+|next)|\.(preview|shadow|canary))$/, "");
/** Whether a process is the extra replica of a deployment. */
export const isExtra = (name: string) => name.endsWith("-next");
export const isPreview = (name: string) => name.endsWith(".preview");
export const isShadow = (name: string) => name.endsWith(".shadow");
export const isCanary = (name: string) => name.endsWith(".canary");
/** Whether a process runs beside the replicas that answer by default. */
export const isBeside = (name: string) => isPreview(name) || isShadow(name) || isCanary(name);
