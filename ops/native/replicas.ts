import { setting, type WorkerService, workers } from "../lib/compose.ts";

export interface Replica {
  worker: WorkerService;
  /** 1 to the number of replicas; "next" is the one more that a deployment starts. */
  index: number | "next";
  port: number;
}

/** Every replica with its port on loopback: WORKER_PORT_BASE and the ones after it, in compose.yaml's order. */
export function replicas(services: WorkerService[] = workers()): Replica[] {
  let port = Number(setting("WORKER_PORT_BASE"));
  return services.flatMap((worker) =>
    Array.from({ length: worker.replicas }, (_, i) => ({ worker, index: i + 1, port: port++ })),
  );
}

/**
 * The one replica more that a deployment starts: on a port of its own for each worker, after all others. The gateway
 * always knows it as a backup, so no reload is needed when it comes and goes.
 */
export function spareReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  const taken = services.reduce((sum, { replicas: count }) => sum + count, 0);
  const nth = services.findIndex(({ name }) => name === worker.name);
  return { worker, index: "next", port: Number(setting("WORKER_PORT_BASE")) + taken + nth };
}
