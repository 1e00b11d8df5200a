// Servers beside the project's: processes of the benchmark behind the running gateway, until its next reload.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { upstream } from "../../../gateway/generated.ts";
import { pidFile, reloadGateway } from "../../../ops/native/gateway.ts";
import { GATEWAY_DIR } from "../../../ops/native/paths.ts";
import { children } from "../../lib/process.ts";
import { freePort, type Program, start, untilReady } from "./start.ts";

export interface Servers {
  /** Of the upstream. */
  name: string;
  program: Program;
  replicas: number;
  ready: string;
  /** Upstreams of its first servers instead: NAME-1 has one, NAME-2 has two. */
  subsets?: boolean;
}

export interface Beside {
  pids(name: string): number[];
  end(): Promise<void>;
}

/** Reloads the gateway; its earlier worker processes have ended then: one that ends closes its connections. */
async function reloaded(): Promise<void> {
  const workers = () => children(Number(readFileSync(pidFile("gateway"), "utf8")));
  const earlier = new Set(workers());
  reloadGateway(["gateway"]);
  while (workers().some((pid) => earlier.has(pid))) await Bun.sleep(50);
}

/** Starts them and adds their upstreams and these locations to the gateway. */
export async function startBeside(all: Servers[], locations: string[]): Promise<Beside> {
  const started = all.map(({ program, replicas, ...group }) => {
    const ports = Array.from({ length: replicas }, freePort);
    return { ...group, servers: ports.map((port) => ({ port, child: start(program, port) })) };
  });
  const children = started.flatMap(({ servers }) => servers.map(({ child }) => child));
  const end = async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
  };
  try {
    for (const { servers, ready } of started) {
      for (const { port } of servers) await untilReady(`http://127.0.0.1:${port}${ready}`);
    }
    const blocks = started.flatMap(({ name, servers, subsets }) => {
      const addresses = servers.map(({ port }) => ({ address: `127.0.0.1:${port}` }));
      const block = (worker: string, some = addresses) => upstream({ worker, servers: some });
      if (!subsets) return [block(name)];
      return addresses.map((_, i) => block(`${name}-${i + 1}`, addresses.slice(0, i + 1)));
    });
    writeFileSync(join(GATEWAY_DIR, "conf.d/bench.conf"), `${blocks.join("\n")}\n`);
    writeFileSync(join(GATEWAY_DIR, "routes/bench.conf"), locations.join("\n"));
    await reloaded();
  } catch (error) {
    await end();
    throw error;
  }
  const pids = (name: string) =>
    started.find((group) => group.name === name)?.servers.map(({ child }) => child.pid) ?? [];
  return { pids, end };
}
