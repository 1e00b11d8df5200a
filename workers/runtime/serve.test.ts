import { afterEach, expect, test } from "bun:test";
import { freePort, killSpawned, post, ready, spawnWorker } from "./spawned.ts";

afterEach(killSpawned);

const count = (port: number, text: string) => post(port, "/echo", JSON.stringify({ text }));

test("SIGTERM: /readyz is 503, requests are answered, then exit 0", async () => {
  const port = freePort();
  const worker = spawnWorker(port, { DRAIN_DELAY_MS: "1000" });
  await ready(port);
  worker.kill("SIGTERM");
  await Bun.sleep(200);
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
  const answer = await count(port, "still here");
  expect([answer.status, answer.headers.get("connection")]).toEqual([200, "close"]);
  expect(await worker.exited).toBe(0);
});

test("the log has one line per request, with its id and without the body", async () => {
  const port = freePort();
  const worker = spawnWorker(port);
  await ready(port);
  const id = (await count(port, "unmistakable words")).headers.get("x-request-id");
  worker.kill("SIGTERM");
  const log = await new Response(worker.stdout).text();
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ request_id }) => request_id === id)).toMatchObject([
    { msg: "request", method: "POST", route: "/echo", status: 200, worker: "echo/t" },
  ]);
  expect(log).not.toContain("unmistakable");
});

test("a taken port stops the start with one line", async () => {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const worker = spawnWorker(server.port ?? 0);
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toBe(
    `error: port ${server.port} on 127.0.0.1 is taken by another program; set PORT\n`,
  );
  server.stop(true);
});

test("a bad variable stops the start with one line", async () => {
  const worker = spawnWorker(8080, { DRAIN_DELAY_MS: "soon" });
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toBe(
    "error: DRAIN_DELAY_MS must be a whole number from 0 to 60000\n",
  );
});
