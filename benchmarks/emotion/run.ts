// `make bench`: compares the API with other servers in one run, through the same nginx, with the same sentences.
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { readTweets } from "../../model/training/dataset.ts";
import { basicAuth } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";
import { spread } from "../lib/statistics.ts";
import { measure } from "./lib/measure.ts";
import { originalCommand, prepareOriginal } from "./lib/original.ts";
import { plot } from "./lib/plot.ts";
import { document, type Figures } from "./lib/report.ts";
import { startStack, worker } from "./lib/stack.ts";
import { compileWorker, type Program, startToReady } from "./lib/start.ts";

const OUT = join(ROOT, "test-output/bench");
const ROUNDS = Number(process.env["ROUNDS"] || 5);
const SECONDS = Number(process.env["ROUND_SECONDS"] || 4);
const CONNECTIONS = 16;
const SENTENCES = 2000;
const STARTS = 5;

function bodies(data: string): string {
  const path = join(OUT, "bodies.jsonl");
  const { examples } = readTweets(data);
  const step = Math.floor(examples.length / SENTENCES);
  const chosen = examples.filter(({ text }, i) => i % step === 0 && text.trim() !== "").slice(0, SENTENCES);
  writeFileSync(path, chosen.map(({ text }) => `${JSON.stringify({ sentence: text })}\n`).join(""));
  return path;
}

async function starts(): Promise<Figures["starts"]> {
  const binary = join(OUT, "api-v1");
  compileWorker("api-v1", binary);
  const programs: [string, Program][] = [
    ["Fortress v1, compiled as in its image", () => ({ command: [binary], env: { REPLICA: "b" } })],
    ["Fortress v1, from source", worker("api-v1")],
    ["original", originalCommand],
  ];
  const result: Figures["starts"] = [];
  for (const [name, program] of programs) {
    const times: number[] = [];
    for (let i = 0; i < STARTS; i++) times.push(await startToReady(program));
    result.push({ name, ms: spread(times) });
  }
  return result;
}

function imageSizes(): Figures["images"] {
  if (!Bun.which("docker")) return [];
  const options = ["--filter", "reference=fortress/*", "--format", "{{.Repository}}:{{.Tag}}\t{{.Size}}"];
  const { exitCode, stdout } = Bun.spawnSync(["docker", "image", "ls", ...options]);
  if (exitCode !== 0) return [];
  const lines = stdout.toString().split("\n").filter(Boolean);
  return lines.map((line) => ({ name: line.split("\t")[0] ?? "", size: line.split("\t")[1] ?? "" }));
}

/** The model without a server; model/bench.ts installs the scikit-learn it compares with. */
function inference(data: string): Figures["inference"] {
  const { exitCode, stdout, stderr } = Bun.spawnSync([process.execPath, "model/bench.ts", "--data", data], {
    cwd: ROOT,
  });
  const text = stdout.toString();
  const rounds = [...text.matchAll(/^predict, round \d+: (\d+) sentences\/s/gm)].map(([, n]) => Number(n));
  const theirs = Number(/^scikit-learn [^:]*: (\d+) sentences\/s/m.exec(text)?.[1]);
  if (exitCode !== 0 || rounds.length === 0 || !theirs) {
    throw new UserError(`model/bench.ts failed: ${(stderr.toString() || text).trim()}`);
  }
  return { ours: Math.max(...rounds), theirs };
}

await main(async () => {
  const data = process.argv[2] ?? "";
  mkdirSync(OUT, { recursive: true });
  console.log("preparing");
  prepareOriginal(data);
  const client = {
    bodies: bodies(data),
    authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
    connections: CONNECTIONS,
  };
  const stack = await startStack();
  let results: Figures["results"];
  try {
    console.log("load, requests/s: nginx alone, bare Bun, v1, v2, original");
    results = measure(stack.targets, ROUNDS, SECONDS, client);
  } finally {
    await stack.end();
  }
  console.log("start to ready");
  const figures: Figures = {
    machine: `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load generator on the same machine`,
    method: `${ROUNDS} interleaved rounds of ${SECONDS} s, ${CONNECTIONS} kept-alive TLS connections, closed loop`,
    results,
    starts: await starts(),
    images: imageSizes(),
    inference: inference(data),
  };
  writeFileSync(join(ROOT, "benchmarks/emotion/RESULTS.md"), document(figures));
  writeFileSync(join(ROOT, "benchmarks/emotion/results.svg"), plot(figures));
  Bun.spawnSync(
    [join(ROOT, "node_modules/.bin/biome"), "format", "--write", "benchmarks/emotion/RESULTS.md"],
    {
      cwd: ROOT,
    },
  );
  console.log(`\n${document(figures)}`);
});
