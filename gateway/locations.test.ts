// The generated locations in an nginx with its verifiers, in front of a worker that answers with the request it got.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { once } from "node:events";
import { connect } from "node:net";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";

type Seen = Record<"method" | "url" | "user" | "length", string>;

const worker = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  maxRequestBodySize: 16 * 1024 * 1024,
  async fetch(request) {
    const { pathname, search } = new URL(request.url);
    const length = `${(await request.arrayBuffer()).byteLength}`;
    if (pathname.endsWith("/slow")) await Bun.sleep(1000);
    const user = request.headers.get("x-authenticated-user") ?? "";
    const seen: Seen = { method: request.method, url: pathname + search, user, length };
    return Response.json(seen, {
      headers: { "access-control-allow-origin": "*", "access-control-max-age": "9", "x-served-by": "test" },
    });
  },
});

const PUBLIC = `worker: one
paths:
  /open/*: { public: true }
  /open/upload: { public: true, body: 1k, methods: [POST] }
  /open/admin: { methods: [GET] }`;
const API = `worker: one
paths:
  /api/*: {}
  /api/health: { public: true, methods: [GET] }
  /api/import: { body: 8m, methods: [POST] }
  /api/large: { body: 8m, methods: [POST] }
  /api/short: { timeout: 200ms }
  /exact: {}
  /options: { methods: [GET, OPTIONS] }
cors: { origins: [https://app.example.org, "http://localhost:3000"], headers: [X-Custom], expose: [X-Total], credentials: true }`;
const WILD = `worker: one
header: X-Group
values: { beta: one }
paths: { /wild: { methods: [PUT] } }
cors: { origins: ["*"] }`;
const DOWN = "worker: down\npaths: { /down: {} }\ncors: { origins: [https://app.example.org] }";
const NESTED = "worker: one\npaths: { /api/nested/*: { public: true, methods: [GET] } }";

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  gateway = await plainGateway({
    routes: {
      "open.yaml": PUBLIC,
      "api.yaml": API,
      "wild.yaml": WILD,
      "down.yaml": DOWN,
      "nested.yaml": NESTED,
    },
    workers: { one: [worker.port ?? 0], down: [1] },
    variables: { RATE_LIMIT: "1000r/s", RATE_BURST: "1000" },
  });
});
afterAll(async () => {
  await gateway.stop();
  await worker.stop(true);
});

const ask = (path: string, init: RequestInit = {}, headers: Record<string, string> = as("alice")) =>
  fetch(`${gateway.url}${path}`, { ...init, headers: { ...headers, ...init.headers } });
const nobody = {};

/** The request target as it is: fetch would normalize it. */
async function raw(
  target: string,
  method = "GET",
  credentials: Record<string, string> = as("alice"),
): Promise<{ status: number; seen?: Seen }> {
  const socket = connect(Number(new URL(gateway.url).port), "127.0.0.1");
  const lines = Object.entries(credentials).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${lines.join("")}Connection: close\r\n\r\n`,
  );
  let text = "";
  for await (const data of socket) text += String(data);
  const status = Number(text.split(" ")[1]);
  return {
    status,
    ...(status === 200 && method !== "HEAD" && { seen: JSON.parse(/\{.*\}/s.exec(text)![0]) }),
  };
}

describe("a prefix", () => {
  test.each([
    "/api",
    "/api?x=1",
    "/api/",
    "/api/7",
    "/api/7/lines?sort=a&sort=b&q=%2F%25",
    "/api/a%20b",
    "/api/caf%C3%A9/%E2%82%AC?q=%C3%A9",
    "/api/a+b,c:d@e!$&'()*=~",
    "/api/%20%2B%40%23%3f%3C%5B%60%7b%3A",
  ])("passes %s on unchanged", async (target) => {
    expect(await raw(target)).toMatchObject({ status: 200, seen: { url: target } });
  });

  test.each(["/apix", "/api/../secret", "/api//7", "/api/a%2Fb", "/api/%2e%2e/x", "/api/a;b", "/api/a\\b"])(
    "%s is not below it",
    async (target) => expect((await raw(target)).status).toBe(404),
  );

  test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("passes %s on", async (method) => {
    const body = method === "GET" ? undefined : "12345";
    const answer = await ask("/api/7", { method, ...(body && { body }) });
    expect((await answer.json()) as Seen).toEqual({
      method,
      url: "/api/7",
      user: "alice",
      length: body ? "5" : "0",
    });
  });
  test("HEAD is allowed with GET", async () => expect((await raw("/api/7", "HEAD")).status).toBe(200));
  test("of another route below it has its own rules", async () => {
    expect((await ask("/api/nested/x", {}, nobody)).status).toBe(200);
    expect((await ask("/api/nested/x", { method: "POST" }, nobody)).status).toBe(405);
    expect((await ask("/api/nestedx", {}, nobody)).status).toBe(401);
  });
});

describe("a method that a path does not list", () => {
  test.each([
    ["/exact", "GET", "POST"],
    ["/exact", "OPTIONS", "POST"],
    ["/api/x", "OPTIONS", "GET, HEAD, POST, PUT, PATCH, DELETE"],
    ["/api/health", "DELETE", "GET, HEAD"],
    ["/api/import/", "PUT", "POST"],
    ["/open/admin/", "POST", "GET, HEAD"],
    ["/api/import", "PUT", "POST"],
  ])("%s: %s is 405 before authentication, with Allow: %s", async (path, method, allow) => {
    const answer = await ask(path, { method }, nobody);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });
});

describe("credentials", () => {
  test.each(["/api", "/api/", "/api/x", "/exact", "/api/import", "/api/health/"])(
    "%s needs some",
    async (path) => {
      expect((await ask(path, { method: "POST" }, nobody)).status).toBe(401);
    },
  );
  test.each(["/open/admin", "/open/admin/"])("%s needs some, below a public path", async (path) => {
    expect((await ask(path, {}, nobody)).status).toBe(401);
  });
  test.each([
    ["/api/health", "GET"],
    ["/open", "GET"],
    ["/open/a/b", "DELETE"],
    ["/open/upload", "POST"],
  ])("%s is public", async (path, method) => {
    expect((await ask(path, { method }, nobody)).status).toBe(200);
  });
  test.each([
    "/api/health#/lines",
    "/api/%68ealth",
    "/api/healt%48",
    "/api/health%2D",
    "/api/%5f",
    "/api/%7E",
    "/api/%30?a",
  ])("%s is no other spelling of a public path", async (target) => {
    expect((await raw(target, "GET", nobody)).status).toBe(404);
  });
  test("a public path passes no user on, whatever the client sends", async () => {
    const answer = await ask("/api/health", { headers: { "x-authenticated-user": "root" } });
    expect(((await answer.json()) as Seen).user).toBe("");
  });
});

describe("a body", () => {
  const send = (path: string, bytes: number, headers = as("alice") as Record<string, string>) =>
    ask(path, { method: "POST", body: "x".repeat(bytes) }, headers);
  const MB = 1024 * 1024;
  test.each([
    ["/api/7", 64 * 1024],
    ["/api/import", 8 * MB],
    ["/open/upload", 1024],
  ])("of %s may have %d bytes and no more", async (path, most) => {
    const answer = await send(path, most);
    expect([answer.status, ((await answer.json()) as Seen).length]).toEqual([200, `${most}`]);
    expect((await send(path, most + 1)).status).toBe(413);
  });
  test("a large one without credentials is 401", async () => {
    expect((await send("/api/import", 2 * MB, nobody)).status).toBe(401);
  });
});

test("the large bodies that a client holds at one path leave it others at another", async () => {
  const { authorization } = as("alice");
  const head = `POST /api/import HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n`;
  const held = [1, 2].map(() => connect(Number(new URL(gateway.url).port), "127.0.0.1"));
  for (const socket of held) {
    socket.write(`${head}Content-Length: 9\r\nExpect: 100-continue\r\n\r\n`);
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(String(answer)).toStartWith("HTTP/1.1 100"); // nginx waits for the body: it is counted
  }
  const send = async (path: string) => (await ask(path, { method: "POST", body: "x" })).status;
  expect([await send("/api/import"), await send("/api/large")]).toEqual([503, 200]);
  for (const socket of held) socket.destroy();
});

test("a path's timeout", async () => {
  expect((await ask("/api/slow")).status).toBe(200);
  const limited = await plainGateway({
    routes: { "a.yaml": "worker: one\npaths: { /a/*: { timeout: 200ms } }" },
    workers: { one: [worker.port ?? 0] },
  });
  expect((await fetch(`${limited.url}/a/slow`, { headers: as("alice") })).status).toBe(504);
  await limited.stop();
});

const APP = "https://app.example.org";
const headersOf = (answer: Response) =>
  Object.fromEntries([...answer.headers].filter(([name]) => /^access-control|^vary$/.test(name)));
const READABLE = {
  "access-control-allow-origin": APP,
  "access-control-allow-credentials": "true",
  "access-control-expose-headers": "X-Request-ID, Retry-After, X-Served-By, X-Version, Location, X-Total",
  vary: "Origin",
};

/** Of a route without `expose`. */
const USUAL = {
  "access-control-expose-headers": "X-Request-ID, Retry-After, X-Served-By, X-Version, Location",
};

describe("CORS", () => {
  const preflight = (path: string, origin: string, method = "PUT") =>
    ask(path, { method: "OPTIONS", headers: { origin, "access-control-request-method": method } }, nobody);

  test("a preflight is answered before authentication", async () => {
    const answer = await preflight("/api/7", APP);
    expect(answer.status).toBe(204);
    expect(headersOf(answer)).toEqual({
      ...READABLE,
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-headers": "Authorization, Content-Type, X-Request-ID, X-Version, X-Custom",
      "access-control-max-age": "600",
    });
  });
  test.each(["/options", "/api/import", "/api/health", "/down"])("a preflight of %s", async (path) => {
    expect((await preflight(path, APP)).status).toBe(204);
  });
  test.each([
    "https://evil.example",
    "https://app.example.org.evil.org",
    "http://app.example.org",
    "null",
    "HTTPS://APP.EXAMPLE.ORG",
    "https://app.example.org:8443",
  ])("a preflight from %s gets no headers", async (origin) => {
    const answer = await preflight("/api/7", origin);
    expect([answer.status, headersOf(answer)]).toEqual([204, { vary: "Origin" }]);
    expect(headersOf(await ask("/api/7", { headers: { origin } }))).toEqual({ vary: "Origin" });
  });
  test("OPTIONS that is no preflight goes to the worker if the path lists it, otherwise it is 405", async () => {
    const answer = await ask("/options", { method: "OPTIONS" });
    expect(((await answer.json()) as Seen).method).toBe("OPTIONS");
    expect((await ask("/options", { method: "OPTIONS" }, nobody)).status).toBe(401);
    expect((await ask("/api/7", { method: "OPTIONS", headers: { origin: APP } })).status).toBe(405);
  });
  test.each<[string, number, string, RequestInit, Record<string, string>]>([
    ["a worker's answer", 200, "/api/7", {}, as("alice")],
    ["a public path's", 200, "/api/health", {}, nobody],
    ["after a large body", 200, "/api/import", { method: "POST", body: "x" }, as("alice")],
    ["a missing credential's", 401, "/api/7", {}, nobody],
    ["a wrong credential's", 401, "/api/7", {}, { authorization: "Basic eDp5" }],
    ["a refused method's", 405, "/exact", {}, nobody],
    ["a large body's", 413, "/api/7", { method: "POST", body: "x".repeat(70_000) }, as("alice")],
    ["a worker's that is down", 502, "/down", { method: "POST" }, as("alice")],
  ])("%s %d can be read by an allowed origin only", async (_, status, path, init, credentials) => {
    const answer = await ask(path, { ...init, headers: { origin: APP } }, credentials);
    const { "access-control-allow-credentials": _credentials, ...readable } = READABLE;
    expect(answer.status).toBe(status);
    expect(headersOf(answer)).toEqual(path === "/down" ? { ...readable, ...USUAL } : READABLE);
    const other = await ask(path, { ...init, headers: { origin: "https://evil.example" } }, credentials);
    expect(headersOf(other)).toEqual({ vary: "Origin" });
  });
  test("any origin, without credentials", async () => {
    const answer = await preflight("/wild", "https://anything.example");
    expect(headersOf(answer)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "PUT",
      "access-control-allow-headers": "Authorization, Content-Type, X-Request-ID, X-Version, X-Group",
    });
    expect(headersOf(answer)["access-control-allow-credentials"]).toBeUndefined();
  });
  test("a route without it sends none, and not the worker's either", async () => {
    expect(headersOf(await ask("/open", { headers: { origin: APP } }))).toEqual({});
    expect((await preflight("/open", APP)).status).toBe(405);
    expect(headersOf(await ask("/docs/workers.json", { headers: { origin: APP } }))).not.toHaveProperty(
      "access-control-allow-origin",
    );
  });
});
