// Behaviour of every runtime, on a copy of the project with its own ports:
//   RUNTIME=native|compose|swarm bun test ./tests/runtimes/behaviour.ts
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { OpenAPIV3 } from "openapi-types";
import { setting, workers } from "../../ops/settings/project.ts";
import { projectCopy } from "../lib/project-copy.ts";

setDefaultTimeout(420_000);
const INTERVAL_MS = 200; // below the rate limit of one client

/** What differs between the runtimes. */
interface Expected {
  /** The command that lists what runs. */
  list: string[];
  /** Whether `make ps` shows all replicas of a worker. */
  complete(status: string, worker: string, replicas: number): boolean;
  /** The error of a deployment whose version crashes on start. */
  reason: RegExp;
  /** Whether a reload keeps the gateway running; a swarm replaces its task, and the node refuses connections meanwhile. */
  reloadsInPlace: boolean;
}
const count = (status: string, line: RegExp) => status.split("\n").filter((each) => line.test(each)).length;
const CRASH = "broken by the test";
const RUNTIMES: Record<string, Expected> = {
  native: {
    list: ["make", "ps"],
    complete: (status, worker, replicas) =>
      count(status, new RegExp(`^ *${worker}-\\d+ .* online$`)) === replicas,
    reason: new RegExp(CRASH),
    reloadsInPlace: true,
  },
  compose: {
    list: ["docker", "compose", "ps", "--all", "--quiet"],
    complete: (status, worker, replicas) =>
      count(status, new RegExp(`-${worker}-\\d+ .*\\(healthy\\)`)) === replicas,
    reason: new RegExp(CRASH),
    reloadsInPlace: true,
  },
  swarm: {
    list: ["docker", "service", "ls", "--quiet"],
    complete: (status, worker) => new RegExp(`^${worker} +(\\d+)/\\1 `, "m").test(status),
    reason: /rollback completed/,
    reloadsInPlace: false,
  },
};
const runtime = setting("RUNTIME");
const expected = RUNTIMES[runtime];
if (!expected) throw new Error(`RUNTIME must be one of ${Object.keys(RUNTIMES).join(", ")}`);

const [worker] = workers();
if (!worker) throw new Error("compose.yaml has no worker");
const copy = projectCopy();
const source = join(copy, "workers", `${worker.name}.ts`);
const original = readFileSync(source, "utf8");
const password = "several-runtimes-1";

function run(...command: string[]): { code: number; stdout: string; stderr: string } {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd: copy,
    env: { ...process.env, RUNTIME: runtime },
    stdin: "ignore",
    timeout: 400_000,
  });
  return { code: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}
const make = (...args: string[]) => run("make", ...args);
const listed = () => run(...expected.list).stdout;

/** Runs make without blocking the requests of this process. */
async function makeMeanwhile(target: string) {
  const child = Bun.spawn(["make", target], {
    cwd: copy,
    env: { ...process.env, RUNTIME: runtime },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, stdout, stderr };
}

/** Free ports for these variables, the last one followed by a block for workers. */
async function ports(names: string[]): Promise<string[]> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 100) * 120;
    const wanted = Array.from({ length: names.length + 100 }, (_, i) => base + i);
    const free = await Promise.all(
      wanted.map(
        (port) =>
          new Promise<boolean>((done) => {
            const server = createServer().once("error", () => done(false));
            server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
          }),
      ),
    );
    if (free.every(Boolean)) return names.map((name, i) => `${name}=${base + i}`);
  }
}

let settings: string[] = [];
let port = "";
const request = { path: "", body: "", headers: {} as Record<string, string> };

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const ca = readFileSync(join(copy, "gateway/certs/nginx.crt"), "utf8");
  return fetch(`https://localhost:${port}${path}`, {
    ...init,
    tls: { ca },
    signal: AbortSignal.timeout(20_000),
  });
}

async function document(): Promise<OpenAPIV3.Document> {
  const answer = await ask(`/openapi/${worker?.name}.json`);
  if (!answer.ok) throw new Error(`/openapi/${worker?.name}.json: ${answer.status}`);
  return (await answer.json()) as OpenAPIV3.Document;
}

const description = async () => (await document()).info.description ?? "";

/** The first POST of the worker's document, with its example and its selecting headers. */
async function readExample(): Promise<void> {
  for (const [path, item] of Object.entries((await document()).paths)) {
    const body = item?.post?.requestBody;
    const example = body && "content" in body && body.content["application/json"]?.example;
    if (!example) continue;
    const required = (item.post?.parameters ?? []).flatMap((one) =>
      "name" in one && one.in === "header" && one.required ? [[one.name, String(one.example)] as const] : [],
    );
    Object.assign(request, { path, body: JSON.stringify(example), headers: Object.fromEntries(required) });
    return;
  }
  throw new Error(`${worker?.name} documents no POST with an example`);
}

async function predict(keepalive = true): Promise<number> {
  const authorization = `Basic ${btoa(`admin:${password}`)}`;
  const headers = { ...request.headers, "content-type": "application/json", authorization };
  const answer = await ask(request.path, { method: "POST", headers, body: request.body, keepalive });
  await answer.arrayBuffer();
  return answer.status;
}

/** Runs `change` under steady requests, all of which must be answered 200. @returns its result. */
async function underLoad<T>(change: () => Promise<T>): Promise<T> {
  const answers: Promise<number | string>[] = [];
  const timer = setInterval(() => answers.push(predict().catch(String)), INTERVAL_MS);
  try {
    await Bun.sleep(1000);
    const result = await change();
    await Bun.sleep(1500);
    return result;
  } finally {
    clearInterval(timer);
    const statuses = await Promise.all(answers);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
    expect(statuses.length).toBeGreaterThan(10);
  }
}

beforeAll(async () => {
  const names = [...readFileSync(join(copy, ".env.example"), "utf8").matchAll(/^#([A-Z_]*_PORT)=/gm)].map(
    ([, name = ""]) => name,
  );
  settings = await ports([...names, "WORKER_PORT_BASE"]);
  settings.push(`GATEWAY_PASSWORD=${password}`, `RUNTIME=${runtime}`);
  writeFileSync(join(copy, ".env"), `${settings.join("\n")}\n`);
  port = settings.find((line) => line.startsWith("HTTPS_PORT="))?.split("=")[1] ?? "";
});
afterAll(() => {
  if (existsSync(join(copy, ".state"))) make("stop-project");
  rmSync(copy, { recursive: true });
});

test("start returns when the first worker answers its documented example", async () => {
  const { code, stderr } = make("start-project");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  await readExample();
  expect(await predict()).toBe(200);
});

test("a second start changes nothing, and says so", () => {
  const before = listed();
  expect(before).not.toBe("");
  expect(make("start-project").stdout).toContain("nothing to change");
  expect(listed()).toBe(before);
});

test("make ps shows every replica of every worker", () => {
  const { stdout } = make("ps");
  const incomplete = workers().filter(({ name, replicas }) => !expected.complete(stdout, name, replicas));
  expect([incomplete.map(({ name }) => name), stdout]).toEqual([[], stdout]);
});

test("deploy without a change does nothing, and says so", () => {
  const { code, stdout } = make("deploy");
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("nothing to deploy") });
});

test("deploy replaces a changed worker without a failed request", async () => {
  expect(await description()).not.toContain("(changed)");
  const changed = original.replace(/(\bdescription: ")/, "$1(changed) ");
  expect(changed).not.toBe(original);
  writeFileSync(source, changed);
  const { code, stderr } = await underLoad(() => makeMeanwhile("deploy"));
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await description()).toStartWith("(changed)");
});

test("deploy of a version that crashes on start fails with the reason, and changes nothing", async () => {
  const good = readFileSync(source, "utf8");
  writeFileSync(
    source,
    good.replace("if (import.meta.main)", `if (import.meta.main) throw new Error("${CRASH}");\n$&`),
  );
  const { code, stderr } = await underLoad(() => makeMeanwhile("deploy"));
  expect(code).not.toBe(0);
  expect(stderr).toStartWith(`error: ${worker.name}: `);
  expect(stderr).toMatch(expected.reason);
  expect(await description()).toStartWith("(changed)");
  writeFileSync(source, good);
  expect(make("deploy").stdout).toContain("nothing to deploy");
});

const lossless = expected.reloadsInPlace ? ", without a failed request" : "";
test(`reload applies a changed setting${lossless}`, async () => {
  // New connections: an old nginx worker serves its own for a few more seconds (keepalive_min_timeout).
  const burst = async () => new Set(await Promise.all(Array.from({ length: 40 }, () => predict(false))));
  expect(await burst()).toEqual(new Set([200, 503]));
  writeFileSync(join(copy, ".env"), `${[...settings, "RATE_LIMIT_STATUS=429"].join("\n")}\n`);
  await Bun.sleep(2000); // until the burst allowance is restored
  const reload = () => makeMeanwhile("reload");
  const { code, stderr } = await (expected.reloadsInPlace ? underLoad(reload) : reload());
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(await burst()).toEqual(new Set([200, 429]));
});

test("logs prints recent lines and follows", () => {
  const { stdout, code } = run("timeout", "--signal=INT", "8", process.execPath, "ops/cli.ts", "logs");
  expect(stdout.trim().split("\n").length).toBeGreaterThan(5);
  expect(code).toBe(124); // timeout ended it
});

test("stop removes everything, and a second stop says that nothing runs", async () => {
  expect(make("stop-project").code).toBe(0);
  if (runtime === "native") expect(listed()).toContain("not running");
  else expect(listed()).toBe("");
  expect(await predict().catch(() => "refused")).toBe("refused");
  expect(make("stop-project").stdout).toContain("not running: nothing to stop");
});
