import { UserError } from "../settings/fail.ts";
import { setting, type WorkerService, workers } from "../settings/project.ts";

export interface Replica {
  worker: WorkerService;
  /** 1 to the number of replicas; "next" is the one more that a deployment starts. */
  index: number | "next";
  port: number;
}

/** Ports a worker has to itself, so that scaling or adding one moves no other; the last one is the spare's. */
const BLOCK = 20;

function block(worker: WorkerService, services: WorkerService[]): number {
  const nth = services.findIndex(({ name }) => name === worker.name);
  return Number(setting("WORKER_PORT_BASE")) + nth * BLOCK;
}

/**
 * Every replica with its port on loopback: WORKER_PORT_BASE and up, twenty to a worker, in compose.yaml's order.
 * @throws UserError for more replicas than that holds.
 */
export function replicas(services: WorkerService[] = workers()): Replica[] {
  return services.flatMap((worker) => {
    if (worker.replicas >= BLOCK) {
      throw new UserError(
        `${worker.name}: native mode runs at most ${BLOCK - 1} replicas; see RUNTIME=compose`,
      );
    }
    const first = block(worker, services);
    return Array.from({ length: worker.replicas }, (_, i) => ({ worker, index: i + 1, port: first + i }));
  });
}

/**
 * The one replica more that a deployment starts, on the last port of its worker. The gateway always knows it as a
 * backup, so no reload is needed when it comes and goes.
 */
export function spareReplica(worker: WorkerService, services: WorkerService[] = workers()): Replica {
  return { worker, index: "next", port: block(worker, services) + BLOCK - 1 };
}
