import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";

const WORKER = join(import.meta.dir, "../api-v1.ts");
const running: Bun.Subprocess[] = [];
afterEach(() => {
  for (const process of running.splice(0)) process.kill("SIGKILL");
});

function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

function spawn(port: number, env: Record<string, string> = {}) {
  const child = Bun.spawn([process.execPath, WORKER], {
    env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), REPLICA: "t", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  running.push(child);
  return child;
}

async function ready(port: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (
      await fetch(`http://127.0.0.1:${port}/readyz`).then(
        (r) => r.ok,
        () => false,
      )
    )
      return;
    await Bun.sleep(20);
  }
  throw new Error("the worker never became ready");
}

const predict = (port: number, sentence: string) =>
  fetch(`http://127.0.0.1:${port}/predict`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sentence }),
  });

test("SIGTERM: not ready, still answering, then a clean exit", async () => {
  const port = freePort();
  const worker = spawn(port, { DRAIN_DELAY_MS: "1000" });
  await ready(port);
  worker.kill("SIGTERM");
  await Bun.sleep(200);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
  const answer = await predict(port, "still here");
  expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
  expect(await worker.exited).toBe(0);
});

test("the log has one line a request, with its id and without the text", async () => {
  const port = freePort();
  const worker = spawn(port);
  await ready(port);
  const id = (await predict(port, "unmistakable words")).headers.get("x-request-id");
  worker.kill("SIGTERM");
  const log = await new Response(worker.stdout).text();
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ request_id }) => request_id === id)).toMatchObject([
    { msg: "request", method: "POST", route: "/predict", status: 200, worker: "api-v1/t" },
  ]);
  expect(log).not.toContain("unmistakable");
});

test("a taken port stops the start with one line", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const worker = spawn(server.port ?? 0);
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toBe(
    `error: port ${server.port} on 127.0.0.1 is taken by another program; set PORT\n`,
  );
  server.stop(true);
});

test("a bad variable stops the start with one line", async () => {
  const worker = spawn(8080, { DRAIN_DELAY_MS: "soon" });
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toBe(
    "error: DRAIN_DELAY_MS must be a whole number from 0 to 60000\n",
  );
});
