// CPU time per request of gateway and worker by the sample of a shadow that runs; for benchmarks/shadow.sh.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { basicAuth, gatewayUrl } from "../ops/host/gateway-client.ts";
import { running } from "../ops/native/pm2.ts";
import { ROOT, setting } from "../ops/settings/project.ts";
import { cpuMeter, nginxPids } from "./lib/process.ts";
import { spread } from "./lib/statistics.ts";
import { load } from "./lib/wrk.ts";

const SECONDS = 2;
const SAMPLES = ["off", "0%", "1%", "10%", "100%"] as const;

function make(...words: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["make", ...words], { cwd: ROOT });
  if (exitCode !== 0) throw new Error(`make ${words.join(" ")}: ${stderr}`);
}

const rounds = Number(process.argv[2]);
const out = join(ROOT, "test-output");
const bodies = join(out, "shadow-bodies.jsonl");
mkdirSync(out, { recursive: true });
writeFileSync(bodies, '{"text":"Hello, world"}\n');
const pids = (pattern: RegExp) => running().flatMap(({ name, pid }) => (pattern.test(name) ? [pid] : []));
const target = { name: "echo", url: `${gatewayUrl()}/echo`, headers: {}, pids: () => pids(/^echo-\d/) };
const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
const client = { bodies, authorization, connections: 16 };
load(target, 2, client);
const found = new Map<string, { gateway: number[]; worker: number[] }>(
  SAMPLES.map((sample) => [sample, { gateway: [], worker: [] }]),
);
for (let i = 0; i < rounds; i++) {
  for (const sample of SAMPLES) {
    if (sample === "off") make("shadow-stop");
    else make("shadow", "FROM=echo", "TO=other", `SAMPLE=${sample}`);
    load(target, 1, client);
    const [nginx, workers] = [cpuMeter(nginxPids()), cpuMeter(target.pids())];
    const { requests } = load(target, SECONDS, client);
    found.get(sample)!.gateway.push((nginx() * 1e6) / requests);
    found.get(sample)!.worker.push((workers() * 1e6) / requests);
  }
}
const off = found.get("off")!;
for (const [sample, { gateway, worker }] of found) {
  const ratio = (all: number[], base: number[]) => spread(all.map((value, i) => value / base[i]!)).median;
  const both = worker.map((value, i) => value + gateway[i]!);
  const base = off.worker.map((value, i) => value + off.gateway[i]!);
  console.log(
    `${sample.padEnd(5)} gateway ${spread(gateway).median.toFixed(1)}, worker ${spread(worker).median.toFixed(1)}; ratio to off: gateway ${ratio(gateway, off.gateway).toFixed(3)}, worker ${ratio(worker, off.worker).toFixed(3)}, both ${ratio(both, base).toFixed(3)}`,
  );
}
