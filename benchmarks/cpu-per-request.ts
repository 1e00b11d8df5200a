// make cpu-per-request: CPU time per request of the gateway and of a worker, for the sizing tables of ops/swarm/README.md.
// Sends the documented example of WORKER (by default the first worker of compose.yaml) to the project running natively, with
// the rate limit lifted. The CPU time of the load generator is not counted.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicAuth, gatewayUrl } from "../ops/host/gateway-client.ts";
import { running } from "../ops/native/pm2.ts";
import { main, UserError } from "../ops/settings/fail.ts";
import { ROOT, setting } from "../ops/settings/project.ts";
import { target as documentedTarget } from "../tests/lib/target.ts";
import { cpuMeter, nginxPids } from "./lib/process.ts";
import { spread } from "./lib/statistics.ts";
import { load } from "./lib/wrk.ts";

const ROUNDS = 5;
const SECONDS = 4;
const RATES = [10, 10_000, 1_000_000] as const;
const BUSY = 0.5; // planned load of a core; the other half is reserve for peaks and failed machines

/** Prints the sizing table of ops/swarm/README.md. @param g CPU µs per request of the gateway. @param w Of a worker. */
function plan(g: number, w: number): void {
  const cores = (rate: number, us: number) => (rate * us) / 1e6 / BUSY;
  const few = (value: number) =>
    value < 10 ? value.toPrecision(value < 1 ? 1 : 2) : Math.round(value).toString();
  const row = (value: (rate: number) => string) =>
    Object.fromEntries(RATES.map((rate) => [`${rate.toLocaleString("en")}/s`, value(rate)]));
  const lost = (machines: number, each: number, rate: number) =>
    `${Math.round((cores(rate, g + w) * BUSY * 100) / ((machines - 1) * each))} %`;
  const large = Math.ceil(cores(RATES[2], g + w) / 16);
  console.table({
    "gateway, cores": row((rate) => few(cores(rate, g))),
    "workers, cores": row((rate) => few(cores(rate, w))),
    "replicas, at least": row((rate) => String(Math.ceil(cores(rate, w)))),
  });
  console.log(`3 machines with 4 cores at 10,000/s, one lost: ${lost(3, 4, RATES[1])} busy`);
  console.log(`${large} machines with 16 cores at 1,000,000/s, one lost: ${lost(large, 16, RATES[2])} busy`);
}

await main(async () => {
  const out = join(ROOT, "test-output");
  const bodies = join(out, "cpu-bodies.jsonl");
  mkdirSync(out, { recursive: true });
  const { worker: name, path, body, headers } = await documentedTarget(process.env["WORKER"] || undefined);
  writeFileSync(bodies, `${JSON.stringify(body)}\n`);
  const workers = running()
    .filter((one) => one.name.startsWith(`${name}-`))
    .map(({ pid }) => pid);
  if (workers.length === 0)
    throw new UserError("no native worker runs here: RUNTIME=native make start-project");
  const target = { name, url: `${gatewayUrl()}${path}`, headers, pids: () => workers };
  const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
  const client = { bodies, authorization, connections: 16 };
  load(target, 2, client); // warm up JIT, connections and the auth cache
  const [gateway, worker]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    const [nginx, behind] = [cpuMeter(nginxPids()), cpuMeter(workers)];
    const { requests } = load(target, SECONDS, client);
    gateway.push((nginx() * 1e6) / requests);
    worker.push((behind() * 1e6) / requests);
  }
  const [g, w] = [spread(gateway), spread(worker)];
  for (const [name, { median, min, max }] of Object.entries({ gateway: g, worker: w })) {
    const us = (value: number) => Math.round(value);
    console.log(
      `${name.padEnd(8)} ${us(median)} µs of CPU a request (${us(min)} to ${us(max)} in ${ROUNDS} rounds)`,
    );
  }
  plan(Math.round(g.median), Math.round(w.median));
});
