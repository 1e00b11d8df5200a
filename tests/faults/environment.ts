// The environment of one cell: a private gateway with its verifiers, workers and name server.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { NOTICED_MS } from "../../ops/host/prepare.ts";
import { Clients } from "./clients/traffic.ts";
import {
  freePort,
  type GatewayOptions,
  render,
  start,
  TIMEOUT_DIVISOR,
  type Version,
  type Workers,
} from "./nginx.ts";
import { Backend } from "./servers/backend.ts";
import { nameServer } from "./servers/dns.ts";
import { healthyWorker, type WorkerLog } from "./servers/worker.ts";

/** Files that all environments of a run share. */
export interface Shared {
  dir: string;
  ca: string;
  tls: GatewayOptions["tls"];
  passwords: string;
}

/** Replicas of the workers of tests/lib/routes. Two share a path by header; append is not idempotent. */
const REPLICAS = { echo: 2, "echo-debug": 1, count: 1, append: 2 } as const;
/** In start order: verifiers before the gateway. */
const CONFIGS = ["verifier-new.conf", "verifier-recent.conf", "nginx.conf"];
/** Sockets in AUTH_DIR that must exist before the first request. */
const SOCKETS = ["verifier-new.sock", "verifier-recent.sock", "auth.sock"];

/** The longest a request may take by the configuration: authentication, the attempts, and a second round of attempts. */
const BOUND_MS = { auth: 5000 + 13_000, workers: 12_000 + 10_300, again: 12_000 + 10_300 };
const SLOW_MACHINE_MS = 4000;
export const PATIENCE_MS =
  Object.values(BOUND_MS).reduce((a, b) => a + b) / TIMEOUT_DIVISOR + SLOW_MACHINE_MS;

async function workersOf(resolves: boolean): Promise<Workers> {
  const list: [string, { host: string; port: number }[]][] = [];
  for (const [name, count] of Object.entries(REPLICAS)) {
    const ports = await Promise.all(Array.from({ length: resolves ? 1 : count }, freePort));
    const replicas = Array.from({ length: count }, (_, i) =>
      resolves ? { host: `127.0.0.${i + 1}`, port: ports[0]! } : { host: "127.0.0.1", port: ports[i]! },
    );
    list.push([name, replicas]);
  }
  return new Map(list);
}

export class Environment {
  readonly workerLog: WorkerLog = { received: [], broken: [] };
  readonly backends: Backend[] = [];
  readonly #stop: (() => void | Promise<void>)[] = [];
  #processes: ReturnType<typeof start>[] = [];
  clients!: Clients;

  constructor(
    readonly dir: string,
    readonly version: Version,
  ) {}

  async open(shared: Shared, accessLog = this.accessLog): Promise<void> {
    mkdirSync(this.dir, { recursive: true });
    const { resolves } = this.version;
    const [workers, port, tlsPort] = [await workersOf(resolves), await freePort(), await freePort()];
    const table = new Map([...workers].map(([worker, all]) => [worker, all.map(({ host }) => host)]));
    const dns = await nameServer(table);
    this.#stop.push(dns.close);
    for (const [worker, replicas] of workers)
      for (const [i, address] of replicas.entries()) {
        const backend = new Backend(
          `${worker} ${i + 1}`,
          address,
          healthyWorker(this.workerLog, worker, i === 1),
        );
        await backend.listen();
        this.backends.push(backend);
        this.#stop.push(() => backend.close());
      }
    render(this.version, { ...shared, accessLog, dir: this.dir, port, tlsPort, workers, dns: dns.port });
    this.#processes = CONFIGS.map((config) => start(this.version, this.dir, config));
    this.clients = new Clients({ port, tlsPort, ca: shared.ca }, `c${basename(this.dir)}`, PATIENCE_MS);
    await this.#ready();
    for (const socket of SOCKETS) {
      const backend = new Backend(socket, join(this.dir, "auth", socket));
      await backend.intercept();
      this.backends.push(backend);
      this.#stop.push(() => backend.close());
    }
  }

  async #ready(): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const files = SOCKETS.every((socket) => existsSync(join(this.dir, "auth", socket)));
      if (files && (await this.clients.probe())) return;
      if (this.#processes.some(({ exitCode }) => exitCode !== null)) break;
      await Bun.sleep(50);
    }
    throw new Error(`the private gateway does not start: see ${this.dir}/*.errors`);
  }

  get accessLog(): string {
    return join(this.dir, "access.log");
  }

  get metricsLog(): string {
    return join(this.dir, "metrics.log");
  }

  /** nginx reopens its logs, as after a rotation. */
  reopenLog(): void {
    this.#processes.at(-1)?.kill("SIGUSR1");
  }

  /** As after a minute: the gateway verifies every credential again. It notices a removed entry within a second. */
  async clearAuthCache(): Promise<void> {
    for (const entry of readdirSync(join(this.dir, "auth/cache")))
      rmSync(join(this.dir, "auth/cache", entry), { recursive: true });
    await Bun.sleep(NOTICED_MS);
  }

  /** Stops nginx gracefully, so that it writes its log, and everything else; a second call does nothing. */
  async close(): Promise<void> {
    const processes = this.#processes.splice(0);
    for (const process of processes) process.kill("SIGQUIT");
    const late = setTimeout(() => {
      for (const process of processes) process.kill("SIGTERM");
    }, 5000);
    await Promise.all(processes.map(({ exited }) => exited));
    clearTimeout(late);
    for (const stop of this.#stop.splice(0)) await stop();
  }
}
