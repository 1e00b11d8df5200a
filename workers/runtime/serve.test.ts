import { afterEach, describe, expect, jest, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at } from "./serve.ts";
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

test("SOCKET: the worker answers there too, in the place of a killed one, and finishes what came that way", async () => {
  const [port, unix] = [freePort(), join(tmpdir(), `fortress-${crypto.randomUUID()}.sock`)];
  writeFileSync(unix, ""); // what a killed process leaves
  const worker = spawnWorker(port, { SOCKET: unix });
  await ready(port);
  const answer = await fetch("http://localhost/livez", { unix });
  expect([answer.status, answer.headers.get("x-served-by")]).toEqual([200, "echo/t"]);
  const body = JSON.stringify({ text: "there" });
  const slow = connect(unix);
  const received = new Promise<string>((resolve) => slow.once("data", (data) => resolve(data.toString())));
  slow.write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n");
  slow.write(`Content-Length: ${body.length}\r\n\r\n`);
  const inFlight = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  for (let i = 0; i < 100 && !/^http_requests_in_flight\{.*\} 1$/m.test(await inFlight()); i++)
    await Bun.sleep(20);
  expect(await inFlight()).toMatch(/^http_requests_in_flight\{.*\} 1$/m);
  worker.kill("SIGTERM");
  await Bun.sleep(200);
  slow.write(body);
  expect(await received).toStartWith("HTTP/1.1 200 ");
  expect(await worker.exited).toBe(0);
  slow.destroy();
  rmSync(unix, { force: true });
});

test("SOCKET: a worker whose plugin is late is ready only once it answers there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fortress-"));
  const [port, unix, file] = [freePort(), join(folder, "socket"), join(folder, "worker.ts")];
  const elysia = Bun.resolveSync("elysia", import.meta.dir);
  writeFileSync(
    file,
    `import { Elysia } from "${elysia}";
import { serve, worker } from "${import.meta.dir}/index.ts";
serve(worker("late", { description: "Late." }).use(Bun.sleep(800).then(() => new Elysia().get("/late", "late"))));`,
  );
  spawnWorker(port, { SOCKET: unix }, file);
  await ready(port);
  expect((await fetch("http://localhost/readyz", { unix })).status).toBe(200);
  rmSync(folder, { recursive: true });
});

test("SOCKET: one that cannot be opened stops the start with one line", async () => {
  const unix = join(tmpdir(), `fortress-${crypto.randomUUID()}`, "socket");
  const worker = spawnWorker(freePort(), { SOCKET: unix });
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toStartWith(`error: cannot listen on ${unix}: `);
});

test("a bad variable stops the start with one line", async () => {
  const worker = spawnWorker(8080, { DRAIN_DELAY_MS: "soon" });
  expect(await worker.exited).toBe(1);
  expect(await new Response(worker.stderr).text()).toBe(
    "error: DRAIN_DELAY_MS must be a whole number from 0 to 60000\n",
  );
});

describe("a preview", () => {
  const messages = async (worker: ReturnType<typeof spawnWorker>) => {
    const text = await new Response(worker.stdout).text();
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).msg as string);
  };
  const ENDED = "the preview has ended: the time of PREVIEW_UNTIL has come";

  test("drains at its end, and exits with 0", async () => {
    // The end is four seconds ahead, so that the worker is ready before it on a slow machine.
    const port = freePort();
    const until = Date.now() + 4000;
    const worker = spawnWorker(port, { PREVIEW_UNTIL: String(until), DRAIN_DELAY_MS: "500" });
    await ready(port);
    const answer = await count(port, "before the end");
    expect([answer.status, answer.headers.get("x-served-by")]).toEqual([200, "echo.preview/t"]);
    expect(await worker.exited).toBe(0);
    expect(Date.now()).toBeGreaterThanOrEqual(until + 500);
    const said = await messages(worker);
    expect(said.filter((each) => each !== "request")).toEqual(["listening", ENDED, "draining", "stopped"]);
  });

  test("that is started after its end only says so", async () => {
    const worker = spawnWorker(freePort(), { PREVIEW_UNTIL: String(Date.now() - 1) });
    expect(await worker.exited).toBe(0);
    expect(await messages(worker)).toEqual([ENDED]);
  });

  test("ends at its time, however far ahead and when the clock is set", () => {
    const DAY_MS = 86_400_000;
    jest.useFakeTimers({ now: 0 });
    try {
      const ended = jest.fn();
      at(30 * DAY_MS, ended);
      jest.advanceTimersByTime(30 * DAY_MS - 1);
      expect(ended).not.toHaveBeenCalled();
      jest.advanceTimersByTime(1);
      expect(ended).toHaveBeenCalledTimes(1);
      const early = jest.fn();
      at(Date.now() + DAY_MS, early);
      jest.setSystemTime(Date.now() + DAY_MS); // a computer that slept: its timers did not run
      jest.advanceTimersByTime(60_000);
      expect(early).toHaveBeenCalledTimes(1);
    } finally {
      jest.useRealTimers();
    }
  });
});
