// One private gateway with everything behind it.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { NOTICED_MS } from "../../ops/host/prepare.ts";
import { Clients } from "./clients/traffic.ts";
import { freePort, type Place, render, SHORTER, start, type Version, type Workers } from "./nginx.ts";
import { nameServer } from "./servers/dns.ts";
import { Front } from "./servers/front.ts";
import { honestWorker, type Record } from "./servers/worker.ts";

/** What every house of one run shares. */
export interface Shared {
  dir: string;
  ca: string;
  tls: Place["tls"];
  passwords: string;
}

/** The workers of tests/lib/routes: two share a path by a header, and calling append twice does harm. */
const REPLICAS = { echo: 2, "echo-debug": 1, count: 1, append: 2 } as const;
/** In the order they start: the gateway asks the verifiers. */
const CONFIGS = ["verifier-new.conf", "verifier-recent.conf", "nginx.conf"];
/** Sockets in AUTH_DIR that must be there before the first request. */
export const SOCKETS = ["verifier-new.sock", "verifier-recent.sock", "auth.sock"];

/** What a request may take by the configuration, in its own order: authentication, one try after another, once more. */
const BOUND_MS = { auth: 5000 + 13_000, workers: 12_000 + 10_300, again: 12_000 + 10_300 };
const SLOW_MACHINE_MS = 4000;
export const PATIENCE_MS = Object.values(BOUND_MS).reduce((a, b) => a + b) / SHORTER + SLOW_MACHINE_MS;

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

export class House {
  readonly record: Record = { received: [], broken: [] };
  readonly fronts: Front[] = [];
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
        const front = new Front(`${worker} ${i + 1}`, address, honestWorker(this.record, worker, i === 1));
        await front.listen();
        this.fronts.push(front);
        this.#stop.push(() => front.close());
      }
    render(this.version, { ...shared, accessLog, dir: this.dir, port, tlsPort, workers, dns: dns.port });
    this.#processes = CONFIGS.map((config) => start(this.version, this.dir, config));
    this.clients = new Clients({ port, tlsPort, ca: shared.ca }, `c${basename(this.dir)}`, PATIENCE_MS);
    await this.#ready();
    for (const socket of SOCKETS) {
      const front = new Front(socket, join(this.dir, "auth", socket));
      await front.adopt();
      this.fronts.push(front);
      this.#stop.push(() => front.close());
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

  /** Lets nginx open its log anew, as after a rotation. */
  reopenLog(): void {
    this.#processes.at(-1)?.kill("SIGUSR1");
  }

  /** What a minute does: the gateway asks again about everybody. It notices a removed entry within a second. */
  async forget(): Promise<void> {
    for (const entry of readdirSync(join(this.dir, "auth/cache")))
      rmSync(join(this.dir, "auth/cache", entry), { recursive: true });
    await Bun.sleep(NOTICED_MS);
  }

  /** Lets nginx write its log, and ends everything; a second call does nothing. */
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
