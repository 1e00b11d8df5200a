// `make bench`: compares the API with other servers in one run, through the same nginx, with the same sentences.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { basicAuth } from "../../ops/host/gateway-client.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";
import { spread } from "../lib/statistics.ts";
import { checkAgreement } from "./lib/agree.ts";
import { sentences, writeBodies } from "./lib/bodies.ts";
import { fastify, hono, nodeVersion, prepareFrameworks } from "./lib/frameworks.ts";
import { measure, type Result } from "./lib/measure.ts";
import { originalCommand, prepareOriginal } from "./lib/original.ts";
import { plot } from "./lib/plot.ts";
import { machine, publish } from "./lib/publish.ts";
import { document, type Figures } from "./lib/report.ts";
import { startStack } from "./lib/stack.ts";
import { compiled, compileWorker, type Program, startToReady, worker } from "./lib/start.ts";

const OUT = join(ROOT, "test-output/bench");
const ROUNDS = Number(process.env["ROUNDS"] || 5);
const SECONDS = Number(process.env["ROUND_SECONDS"] || 4);
/** Differences are small: more and shorter rounds. */
const PRICE_ROUNDS = 3 * ROUNDS;
const PRICE_SECONDS = 1;
const CONNECTIONS = 16;
const SENTENCES = 2000;
const STARTS = 5;

async function starts(): Promise<Figures["starts"]> {
  const binary = join(OUT, "api-v1");
  compileWorker("api-v1", binary);
  const programs: [string, Program][] = [
    ["Fortress v1, compiled as in its image", compiled(binary)],
    ["Fortress v1, from source", worker("api-v1")],
    ["Fastify", fastify(OUT, false)],
    ["Hono", hono(OUT, false)],
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
  prepareFrameworks();
  const client = {
    bodies: writeBodies(
      join(OUT, "bodies.jsonl"),
      sentences(data, SENTENCES).map((sentence) => ({ sentence })),
    ),
    authorization: basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD")),
    connections: CONNECTIONS,
  };
  const stack = await startStack(OUT);
  let results: Result[];
  let priced: Result[];
  try {
    const { servers, variants, fortress } = stack;
    console.log("comparing answers");
    await checkAgreement(stack.alike, client);
    const names = (targets: { name: string }[]) => targets.map(({ name }) => name).join(" · ");
    const base = { target: fortress, client };
    console.log(`load, requests/s: ${names(servers)}`);
    results = measure(
      servers.map((target) => ({ target, client, base })),
      ROUNDS,
      SECONDS,
    );
    console.log(`prices, requests/s: ${names(variants.map(({ target }) => target))}`);
    priced = measure(
      variants.map(({ target, base }) => ({ target, client, base: { target: base, client } })),
      PRICE_ROUNDS,
      PRICE_SECONDS,
    );
  } finally {
    await stack.end();
  }
  console.log("start to ready");
  const figures: Figures = {
    machine: machine(),
    method: `${ROUNDS} interleaved rounds of ${SECONDS} s, ${CONNECTIONS} kept-alive TLS connections, closed loop, Bun ${Bun.version}, Node ${nodeVersion()}`,
    priceMethod: `${PRICE_ROUNDS} interleaved rounds of ${PRICE_SECONDS} s`,
    servers: results,
    variants: stack.variants.map(({ feature, base }, i) => ({
      feature,
      base: base.name,
      result: priced[i]!,
    })),
    starts: await starts(),
    images: imageSizes(),
    inference: inference(data),
  };
  publish("RESULTS.md", document(figures));
  publish("results.svg", plot(figures));
});
