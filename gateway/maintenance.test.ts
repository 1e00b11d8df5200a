// What maintenance answers, and whom, with a private gateway.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import type { Maintenance } from "./maintenance.ts";
import { NOTHING_PUBLISHED } from "./releases.ts";

const ODD = `"quoted" 'too' $http_authorization \${x} \\n \\u0041 {}; # <b>bold</b> & ü 😀 \u2028 100 %`;
let release = () => {};
const worker = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  async fetch(request) {
    if (request.url.endsWith("/slow")) await new Promise<void>((done) => (release = done));
    return Response.json({ answered: true });
  },
});

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  gateway = await plainGateway({
    routes: {
      "a.yaml":
        "worker: one\ncors: { origins: [https://app.example] }\npaths: { /a: { methods: [GET, POST] }, /slow: { methods: [GET] }, /large: { methods: [POST], body: 4m } }",
      "open.yaml": "worker: one\npaths: { /open/*: { public: true, methods: [GET] } }",
    },
    workers: { one: [worker.port!] },
    variables: { RATE_LIMIT: "100000r/s", RATE_BURST: "100000" },
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  worker.stop(true);
});

const publish = (maintenance?: Partial<Maintenance>) =>
  gateway.publish({
    ...NOTHING_PUBLISHED,
    ...(maintenance && { maintenance: { message: "Closed.", allow: [], ...maintenance } }),
  });
const ask = (path: string, options: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { ...options, headers: { ...as("alice"), ...options.headers } });
const statuses = (paths: readonly string[]) =>
  Promise.all(paths.map(async (path) => (await ask(path)).status));

const CLOSED = ["/a", "/open/x", "/", "/docs", "/docs/workers.json"];

test("without maintenance everything is answered", async () => {
  expect(await statuses(["/a", "/open/x"])).toEqual([200, 200]);
});

describe("during maintenance", () => {
  beforeAll(() => publish({ message: ODD }));

  test("workers and pages answer 503, before any password", async () => {
    expect(await statuses(CLOSED)).toEqual(CLOSED.map(() => 503));
    const anonymous = await fetch(`${gateway.url}/large`, { method: "POST", body: "x".repeat(2_000_000) });
    expect(anonymous.status).toBe(503);
  });

  test("probes, unknown paths and methods are answered as before", async () => {
    expect(await statuses(["/livez", "/nothing", "/_maintenance"])).toEqual([200, 404, 404]);
    expect((await ask("/open/x", { method: "DELETE" })).status).toBe(503);
  });

  test("clients that do not stop use up no probes", async () => {
    expect(new Set(await statuses(Array(400).fill("/a")))).toEqual(new Set([503]));
    expect(await statuses(Array(20).fill("/livez"))).toEqual(Array(20).fill(200));
  });

  test("who only accepts text/html among others gets the problem document", async () => {
    const answer = await ask("/a", { headers: { accept: "application/json, text/html;q=0" } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("a client gets a problem document with the message and when to try again", async () => {
    const answer = await ask("/a?x=1", { headers: { "X-Request-ID": "of-the-test" } });
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.headers.get("retry-after")).toBe("30");
    expect(await answer.json()).toEqual({
      type: "about:blank",
      title: "Service Unavailable",
      status: 503,
      detail: ODD,
      instance: "/a",
      request_id: "of-the-test",
    });
  });

  test("a browser gets a page with it", async () => {
    const answer = await ask("/", { headers: { accept: "text/html,application/xhtml+xml,*/*;q=0.8" } });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("retry-after")).toBe("30");
    const text: string[] = [];
    const rewriter = new HTMLRewriter().on("main p", { text: (chunk) => void text.push(chunk.text) });
    await rewriter.transform(answer).text();
    const entities = text.join("").replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
    expect(entities).toStartWith(ODD);
  });

  test("a page of another origin can read it, and its preflight is answered", async () => {
    const origin = "https://app.example";
    const answer = await ask("/a", { headers: { origin } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([503, origin]);
    const preflight = await fetch(`${gateway.url}/a`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
  });

  test("the access log says so", async () => {
    await ask("/a", { headers: { "X-Request-ID": "logged" } });
    await Bun.sleep(1500); // nginx writes its buffer once a second
    const line = readFileSync(join(gateway.dir, "access.log"), "utf8")
      .split("\n")
      .find((one) => one.includes('"logged"'));
    expect(JSON.parse(line ?? "{}")).toMatchObject({
      status: "503",
      refusal: "maintenance",
      route: "/a",
      upstream: "",
    });
  });
});

test("allowed clients get through", async () => {
  await publish({ allow: ["10.0.0.0/8", "::1"] });
  expect(await statuses(CLOSED)).toEqual(CLOSED.map(() => 503));
  for (const network of ["127.0.0.1", "127.0.0.0/8"]) {
    await publish({ allow: ["10.0.0.0/8", network, "2001:db8::/32"] });
    expect(await statuses(["/a", "/open/x"])).toEqual([200, 200]);
  }
});

test("a request in flight is answered, and everybody after the end", async () => {
  await publish();
  const slow = ask("/slow");
  await Bun.sleep(200);
  const closing = publish({});
  for (let i = 0; (await ask("/a")).status !== 503 && i < 100; i++) await Bun.sleep(20);
  expect((await ask("/a")).status).toBe(503);
  release();
  expect((await slow).status).toBe(200);
  await closing;
  await publish();
  expect(await statuses(["/a", "/open/x"])).toEqual([200, 200]);
});
