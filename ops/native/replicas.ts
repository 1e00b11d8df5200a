import { setting, type WorkerService, workers } from "../lib/compose.ts";

export interface Replica {
  worker: WorkerService;
  /** 1 to the number of replicas. */
  index: number;
  port: number;
}

/** Every replica with its port on loopback: WORKER_PORT_BASE and the ones after it, in compose.yaml's order. */
export function replicas(services: WorkerService[] = workers()): Replica[] {
  let port = Number(setting("WORKER_PORT_BASE"));
  return services.flatMap((worker) =>
    Array.from({ length: worker.replicas }, (_, i) => ({ worker, index: i + 1, port: port++ })),
  );
}
