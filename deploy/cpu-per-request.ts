// make cpu-per-request: what one prediction costs the gateway and a worker, for the tables of deploy/README.md.
// Against the project as it runs natively, with the limit lifted; the load generator's own CPU is not counted.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds } from "../benchmarks/lib/process.ts";
import { nginxPids } from "../benchmarks/lib/stack.ts";
import { spread } from "../benchmarks/lib/statistics.ts";
import { load } from "../benchmarks/lib/wrk.ts";
import { ROOT, setting } from "../ops/lib/compose.ts";
import { main } from "../ops/lib/fail.ts";
import { gatewayUrl } from "../ops/lib/gateway.ts";
import { running } from "../ops/native/pm2.ts";

const ROUNDS = 5;
const SECONDS = 4;
const SENTENCES = [
  "I love this, thank you so much!",
  "the train is late again and nobody says why",
  "cant believe it is over already, i will miss you all so much, what a week that was @everybody",
];

await main(() => {
  const out = join(ROOT, "test-output");
  const bodies = join(out, "cpu-bodies.jsonl");
  mkdirSync(out, { recursive: true });
  writeFileSync(bodies, SENTENCES.map((sentence) => `${JSON.stringify({ sentence })}\n`).join(""));
  const workers = running()
    .filter(({ name }) => name.startsWith("api-v1-"))
    .map(({ pid }) => pid);
  const target = { name: "v1", url: `${gatewayUrl()}/predict`, group: "", pids: () => workers };
  const authorization = `Basic ${btoa(`${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`)}`;
  const client = { bodies, authorization, connections: 16 };
  load(target, 2, client); // JIT, connections, the verified credential
  const [gateway, worker]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    const nginx = nginxPids();
    const before = [cpuSeconds(nginx), cpuSeconds(workers)] as const;
    const { requests } = load(target, SECONDS, client);
    gateway.push(((cpuSeconds(nginx) - before[0]) * 1e6) / requests);
    worker.push(((cpuSeconds(workers) - before[1]) * 1e6) / requests);
  }
  const [g, w] = [spread(gateway), spread(worker)];
  for (const [name, { median, min, max }] of Object.entries({ gateway: g, worker: w })) {
    const us = (value: number) => Math.round(value);
    console.log(
      `${name.padEnd(8)} ${us(median)} µs of CPU a request (${us(min)} to ${us(max)} in ${ROUNDS} rounds)`,
    );
  }
});
