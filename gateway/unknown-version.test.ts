// The answer to an X-Version that nothing has: its form, unusual requests, previews that end or fail, limits and the log.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { freePort, listen } from "../tests/contract/private-gateway.ts";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import { killSpawned, ready, spawnWorker } from "../workers/runtime/spawned.ts";

const LIVE = "aaaaaa111111";
const PREVIEW = "bbbbbb111111";
const FAILING = "cccccc111111";
const UNKNOWN = "eeeeee111111";
const MB = 1024 * 1024;
const APP = "https://app.example.org";

// A preview that gets a request and then closes the connection, or does not answer.
const received: string[] = [];
let failure: "reset" | "silence" = "reset";
const failing = createServer((socket) => {
  socket.on("error", () => undefined);
  socket.on("data", (data) => {
    received.push(String(data).split(" ", 1)[0]!);
    if (failure === "reset") socket.resetAndDestroy();
  });
});

const ports = { one: await freePort(), preview: await freePort() };
let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  spawnWorker(ports.one, { REPLICA: "one" });
  spawnWorker(ports.preview, { REPLICA: "preview" });
  const previewOf = (worker: string, version: string, port: number) => ({
    worker,
    version,
    until: 0,
    server: { address: `127.0.0.1:${port}` },
  });
  await Promise.all([ready(ports.one), ready(ports.preview)]);
  gateway = await plainGateway({
    routes: {
      "echo.yaml": `worker: one\npaths: { /echo/*: { body: 8m }, /echo/small: { body: 64k } }\ncors: { origins: ["${APP}"] }`,
      "failing.yaml": "worker: failing\npaths: { /failing/*: { timeout: 300ms } }",
      "limited.yaml": "worker: one\nrate: 1r/m\nburst: 3\npaths: { /limited/*: {} }",
    },
    workers: { one: [ports.one], failing: [ports.one] },
    variables: { RATE_LIMIT: "1000r/s", RATE_BURST: "1000" },
    published: {
      live: [{ worker: "one", version: LIVE }],
      previews: [
        previewOf("one", PREVIEW, ports.preview),
        previewOf("failing", FAILING, await listen(failing)),
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  killSpawned();
  failing.close();
});

type Headers = Record<string, string>;
const ask = (path: string, version: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, {
    ...init,
    headers: { ...as("alice"), "x-version": version, ...(init.headers as Headers) },
  });

test("it is a problem that names no version, with the headers of every answer and no worker's", async () => {
  const headers = { origin: APP, "x-request-id": "my-id" };
  const answer = await ask("/echo/x?y=1", UNKNOWN, { headers });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toEqual({
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail:
      "No version of this API that runs now begins with this X-Version (6 to 12 lower-case hex digits).",
    instance: "/echo/x",
    request_id: "my-id",
  });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-type": "application/problem+json",
    "x-request-id": "my-id",
    "x-content-type-options": "nosniff",
    "access-control-allow-origin": APP,
    "access-control-expose-headers": "X-Request-ID, Retry-After, X-Served-By, X-Version, Location",
    vary: "Origin",
  });
  for (const name of ["x-served-by", "x-version", "retry-after", "allow"])
    expect(answer.headers.has(name)).toBe(false);
});

/** Sends bytes, or waits milliseconds. @returns the last status line's code, and all text. */
async function raw(...steps: (string | number)[]): Promise<{ status: number; text: string }> {
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  const ended = new Promise((done) => socket.once("close", done));
  let text = "";
  socket.on("data", (data) => {
    text += data.toString("latin1");
  });
  for (const step of steps) {
    if (typeof step === "number") await Bun.sleep(step);
    else socket.write(step, "latin1");
  }
  await ended;
  return { status: Number([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].at(-1)?.[1]), text };
}
const head = (method: string, ...lines: string[]) =>
  [`${method} /echo/small HTTP/1.1`, "Host: localhost", `Authorization: ${as("alice").authorization}`]
    .concat(lines, "Connection: close", "", "")
    .join("\r\n");

describe("an unusual X-Version is unknown", () => {
  test.each<[what: string, lines: string[]]>([
    ["of 4 KB", [`X-Version: ${"a".repeat(4096)}`]],
    ["with control characters", [`X-Version: ${LIVE}\x01\x7f`]],
    ["with a tab", [`X-Version: aaaaaa\t111111`]],
    ["with bytes that are no ASCII", ["X-Version: aaaaaa\xff\xfe"]],
    ["in upper case", [`X-Version: ${LIVE.toUpperCase()}`]],
    ["of five digits", ["X-Version: aaaaa"]],
    ["of thirteen digits", [`X-Version: ${LIVE}1`]],
    ["with quotes and variables of nginx", ['X-Version: "$host${uri}\\']],
    ["sent twice", [`X-Version: ${UNKNOWN}`, `X-Version: ${LIVE}`]],
    [
      "beside almost 15 KB of headers",
      [`X-Version: ${UNKNOWN}`, ...[830, 7150, 7100].map((bytes, i) => `X-${i}: ${"a".repeat(bytes)}`)],
    ],
    ["beside 145 headers", [`X-Version: ${UNKNOWN}`, ...Array.from({ length: 145 }, (_, i) => `X-${i}: 1`)]],
  ])("%s", async (_what, lines) => {
    const { status, text } = await raw(head("GET", ...lines));
    expect([status, text.includes('"detail":"No version of this API')]).toEqual([404, true]);
  });

  test.each<[what: string, lines: string[]]>([
    ["empty", ["X-Version:"]],
    ["spaces", ["X-Version:   "]],
    ["spaces around a version", [`X-Version:  ${LIVE}  `]],
  ])("but not %s", async (_what, lines) => {
    expect((await raw(head("GET", ...lines))).text).toContain("x-served-by: echo/one");
  });
});

describe("any request with an unknown version is 404", () => {
  test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("%s", async (method) => {
    expect((await ask("/echo/x", UNKNOWN, { method })).status).toBe(404);
  });
  test("HEAD, without a body", async () => {
    const { status, text } = await raw(head("HEAD", `X-Version: ${UNKNOWN}`));
    expect([status, text.endsWith("\r\n\r\n")]).toEqual([404, true]);
  });
  test("with a large body, which has the path's limits", async () => {
    const send = (path: string, bytes: number) =>
      ask(path, UNKNOWN, { method: "POST", body: "x".repeat(bytes) });
    for (let i = 0; i < 5; i++) expect((await send("/echo/x", 8 * MB)).status).toBe(404);
    expect((await send("/echo/small", 64 * 1024)).status).toBe(404);
    expect((await send("/echo/small", 64 * 1024 + 1)).status).toBe(413);
    expect((await send("/echo/x", 8 * MB + 1)).status).toBe(413);
  });
  test("with a body that arrives slowly", async () => {
    const lines = head("POST", `X-Version: ${UNKNOWN}`, "Content-Length: 4");
    expect((await raw(lines, 200, "ab", 200, "cd")).status).toBe(404);
  });
  test("with Expect: 100-continue", async () => {
    const lines = head("POST", `X-Version: ${UNKNOWN}`, "Content-Length: 2", "Expect: 100-continue");
    const { status, text } = await raw(lines, 100, "ab");
    expect([status, text.startsWith("HTTP/1.1 100")]).toEqual([404, true]);
  });
  test("with a chunked body", async () => {
    const lines = head("POST", `X-Version: ${UNKNOWN}`, "Transfer-Encoding: chunked");
    expect((await raw(lines, "2\r\nab\r\n", 100, "0\r\n\r\n")).status).toBe(404);
  });
  test("400 at once", async () => {
    const all = await Promise.all(
      Array.from({ length: 400 }, () => ask("/echo/small", UNKNOWN, { method: "POST" })),
    );
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set([404]));
  });
});

test("the rate limit counts it", async () => {
  const statuses = [];
  for (let i = 0; i < 6; i++) statuses.push((await ask("/limited/x", i % 2 ? UNKNOWN : "")).status);
  expect(statuses).toEqual([404, 404, 404, 404, 503, 503]);
});

describe("a preview that gets a request and fails", () => {
  test.each([
    ["reset", "POST", 502, 1],
    ["reset", "PATCH", 502, 1],
    ["reset", "GET", 502, 2],
    ["silence", "POST", 504, 1],
    ["silence", "GET", 504, 1],
  ] as const)("by %s: %s is %d, and was sent %d times", async (how, method, status, times) => {
    failure = how;
    received.length = 0;
    const answer = await ask("/failing/x", FAILING, { method, ...(method !== "GET" && { body: "x" }) });
    expect([answer.status, received]).toEqual([status, Array(times).fill(method)]);
  });
});

test("a preview's document needs credentials, has no cache, and is the preview's", async () => {
  const url = "/openapi/one.preview.json";
  const answer = await ask(url, "");
  expect([answer.status, answer.headers.get("x-served-by")]).toEqual([200, "echo/preview"]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(Object.keys(((await answer.json()) as { paths: object }).paths)).toContain("/echo");
  for (const headers of [{}, { authorization: "Basic eDp5" }] as Headers[])
    expect((await fetch(`${gateway.url}${url}`, { headers })).status).toBe(401);
  expect((await ask("/openapi/two.preview.json", "")).status).toBe(404);
  const list = (await (await fetch(`${gateway.url}/docs/workers.json`)).json()) as { now: number };
  expect(list).toMatchObject({
    previews: [
      { worker: "one", until: 0 },
      { worker: "failing", until: 0 },
    ],
  });
  expect(Math.abs(list.now - Date.now() / 1000)).toBeLessThan(60);
  expect(JSON.stringify(list)).not.toContain(PREVIEW.slice(0, 6));
});

// After the tests that need the preview.
describe("a preview that has ended", () => {
  beforeAll(async () => {
    killSpawned();
    spawnWorker(ports.one, { REPLICA: "one" });
    await ready(ports.one);
  });
  test.each(["GET", "POST"])("is unknown at once: %s", async (method) => {
    const answer = await ask("/echo/x", PREVIEW, { method });
    expect([answer.status, answer.headers.has("x-served-by")]).toEqual([404, false]);
    expect(((await answer.json()) as { detail: string }).detail).toStartWith("No version of this API");
  });
  test("with a large body", async () => {
    expect((await ask("/echo/x", PREVIEW, { method: "POST", body: "x".repeat(8 * MB) })).status).toBe(404);
  });
  test("has no document", async () => expect((await ask("/openapi/one.preview.json", "")).status).toBe(404));
  test("the live version is answered", async () => {
    expect((await ask("/echo/x", LIVE)).headers.get("x-served-by")).toBe("echo/one");
  });
  test("and is answered again when it runs again", async () => {
    spawnWorker(ports.preview, { REPLICA: "preview" });
    await ready(ports.preview);
    expect((await ask("/echo/x", PREVIEW)).headers.get("x-served-by")).toBe("echo/preview");
  });
});

test("the log has the route, and no worker for an unknown version", async () => {
  const id = crypto.randomUUID();
  const logged = () =>
    readFileSync(join(gateway.dir, "access.log"), "utf8")
      .split("\n")
      .filter((line) => line.includes(id))
      .map((line) => JSON.parse(line) as { route: string; status: string; upstream: string });
  for (const version of [LIVE, PREVIEW, UNKNOWN])
    await ask("/echo/x", version, { headers: { "x-request-id": id } });
  for (let i = 0; i < 100 && logged().length < 3; i++) await Bun.sleep(50);
  expect(logged().map(({ route, upstream }) => [route, upstream])).toEqual([
    ["/echo", "one"],
    ["/echo", "one.preview"],
    ["/echo", ""],
  ]);
});
