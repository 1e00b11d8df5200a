import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { upstream } from "../../../gateway/generated.ts";
import { fill } from "../../../gateway/render.ts";
import { gatewayUrl } from "../../../ops/host/gateway-client.ts";
import { reload } from "../../../ops/lifecycle.ts";
import { reloadGateway } from "../../../ops/native/gateway.ts";
import { GATEWAY_DIR } from "../../../ops/native/paths.ts";
import { running } from "../../../ops/native/pm2.ts";
import { setting } from "../../../ops/settings/project.ts";
import type { Target } from "../../lib/wrk.ts";
import { originalCommand } from "./original.ts";
import { freePort, type Program, start, untilReady } from "./start.ts";

const REPLICAS = 3; // of each server to compare with, as api-v1 has in compose.yaml

export const worker =
  (name: string): Program =>
  () => ({ command: [process.execPath, `workers/${name}.ts`], env: { REPLICA: "b" } });
const bare: Program = () => ({ command: [process.execPath, "benchmarks/emotion/bare.ts"], env: {} });

function apr1File(): string {
  const path = join(GATEWAY_DIR, "bench.htpasswd");
  const { stdout } = Bun.spawnSync(["openssl", "passwd", "-apr1", "-stdin"], {
    stdin: Buffer.from(setting("GATEWAY_PASSWORD")),
  });
  writeFileSync(path, `${setting("GATEWAY_USER")}:${stdout.toString().trim()}\n`);
  chmodSync(path, 0o644); // nginx's worker processes read it
  return path;
}

/** Starts the servers to compare with and adds them to the running gateway, until its next reload. */
export async function startStack() {
  await reload(); // with the limit lifted: RATE_LIMIT and RATE_BURST come from make
  const listeners = (program: Program) =>
    Array.from({ length: REPLICAS }, () => {
      const port = freePort();
      return { port, child: start(program, port) };
    });
  const [bares, originals] = [listeners(bare), listeners(originalCommand)];
  const upstreams = { "bench-bare": bares, "bench-original": originals };
  const blocks = Object.entries(upstreams).map(([name, list]) =>
    upstream({ worker: name, servers: list.map(({ port }) => ({ address: `127.0.0.1:${port}` })) }),
  );
  writeFileSync(join(GATEWAY_DIR, "conf.d/bench.conf"), `${blocks.join("\n")}\n`);
  const template = join(import.meta.dir, "../gateway/routes.conf.template");
  const locations = fill(await Bun.file(template).text(), { APR1_FILE: apr1File() });
  writeFileSync(join(GATEWAY_DIR, "routes/bench.conf"), locations);
  reloadGateway(["gateway"]);
  for (const { port } of bares) await untilReady(`http://127.0.0.1:${port}/`);
  for (const { port } of originals) await untilReady(`http://127.0.0.1:${port}/readyz`);

  const pid = (list: { child: Bun.Subprocess }[]) => list.map(({ child }) => child.pid);
  const ours = (name: string) =>
    running()
      .filter((one) => one.name.startsWith(`${name}-`))
      .map((one) => one.pid);
  const url = (path: string) => `${gatewayUrl()}${path}`;
  const target = (name: string, path: string, pids: number[], headers = {}): Target => ({
    name,
    url: url(path),
    headers,
    pids: () => pids,
  });
  return {
    targets: [
      target("nginx return 200", "/bench/return", []),
      target("bare Bun.serve", "/bench/bare", pid(bares)),
      target("Fortress v1", "/predict", ours("api-v1")),
      target("Fortress v2", "/predict", ours("api-v2"), { "X-Experiment-Group": "debug" }),
      target("original", "/bench/original", pid(originals)),
    ],
    async end(): Promise<void> {
      for (const { child } of [...bares, ...originals]) child.kill("SIGKILL");
      await Promise.all([...bares, ...originals].map(({ child }) => child.exited));
    },
  };
}
