// The upstream that the gateway's logs have for a request, and what else is counted: error ratios and alerts depend on it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { freePort, listen } from "../tests/contract/private-gateway.ts";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";

const sockets = new Set<Socket>();
/** A worker: what it does once it has received a request. */
function worker(then: (socket: Socket) => void): Server {
  return createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", () => then(socket));
  });
}
const answer = (status: string, header = "") => `HTTP/1.1 ${status}\r\n${header}Content-Length: 2\r\n\r\n{}`;
const WORKERS = {
  crashing: worker((socket) => socket.resetAndDestroy()),
  hanging: worker(() => undefined),
  "too-large": worker((socket) => socket.write(answer("200 OK", `X-Large: ${"a".repeat(16_000)}\r\n`))),
  refusing: worker((socket) => socket.write(answer("401 Unauthorized"))),
  good: worker((socket) => socket.write(answer("200 OK"))),
};
type Name = keyof typeof WORKERS | "down" | "all-down";
const versionOf = (i: number) => `${i}aaaaa111111`;

let gateway: Awaited<ReturnType<typeof plainGateway>>;
const names: Name[] = [...(Object.keys(WORKERS) as Name[]), "down", "all-down"];
beforeAll(async () => {
  const listening = Object.entries(WORKERS).map(async ([name, server]) => [name, [await listen(server)]]);
  const ports: Record<string, number[]> = Object.fromEntries(await Promise.all(listening));
  ports["down"] = [await freePort()];
  ports["all-down"] = [await freePort(), await freePort()]; // two: after a failure nginx has no live one
  gateway = await plainGateway({
    routes: {
      ...Object.fromEntries(
        names.map((name) => [
          `${name}.yaml`,
          `worker: ${name}\npaths: { /${name}: { methods: [GET, POST], timeout: 300ms } }`,
        ]),
      ),
      "limited.yaml": "worker: good\nrate: 1r/m\nburst: 2\npaths: { /limited: { methods: [GET] } }",
      "cached.yaml": "worker: good\npaths: { /cached: { methods: [GET] } }",
      "cached.conf": "proxy_cache documents; proxy_cache_key $proxy_host; proxy_cache_valid any 1h;",
    },
    workers: ports,
    variables: { RATE_LIMIT: "1000r/s", RATE_BURST: "1000" },
    published: {
      live: [],
      previews: names.map((worker, i) => ({
        worker,
        version: versionOf(i),
        until: 0,
        server: { address: `127.0.0.1:${ports[worker]![0]}` },
      })),
    },
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  for (const socket of sockets) socket.destroy();
  for (const server of Object.values(WORKERS)) server.close();
});

interface Line {
  request_id: string;
  status: string;
  upstream: string;
  upstream_addr: string;
}
const linesOf = (log: string) => readFileSync(join(gateway.dir, log), "utf8").split("\n").filter(Boolean);
/** Sends a request. @returns its line of the access log; SIGUSR1 makes nginx write its buffer. */
async function logged(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
  const id = crypto.randomUUID();
  const headers = { ...as("alice"), ...init.headers, "x-request-id": id };
  await (await fetch(`${gateway.url}${path}`, { ...init, headers })).arrayBuffer();
  const nginx = Number(readFileSync(join(gateway.dir, "nginx.pid"), "utf8"));
  for (let i = 0; i < 200; i++) {
    process.kill(nginx, "SIGUSR1");
    await Bun.sleep(50);
    const line = linesOf("access.log").find((each) => each.includes(id));
    if (line) return JSON.parse(line) as Line;
  }
  throw new Error(`the access log has no line of ${path} after ten seconds`);
}
const seen = ({ status, upstream }: Line) => [Number(status), upstream];
const post = { method: "POST", body: "x" };

describe.each(["GET", "POST"])("%s: a request that a worker fails is the worker's", (method) => {
  const init = method === "POST" ? post : {};
  test.each<[Name, number]>([
    ["crashing", 502],
    ["hanging", 504],
    ["too-large", 502],
    ["down", 502],
    ["refusing", 401],
  ])("%s: %d", async (name, status) => {
    expect(seen(await logged(`/${name}`, init))).toEqual([status, name]);
  });

  test.each<[Name, number]>([
    ["crashing", 502],
    ["hanging", 504],
    ["too-large", 502],
    ["good", 200],
  ])("preview of %s: %d", async (name, status) => {
    const headers = { "x-version": versionOf(names.indexOf(name)) };
    expect(seen(await logged(`/${name}`, { ...init, headers }))).toEqual([status, `${name}.preview`]);
  });

  test("a preview that has ended has none", async () => {
    const headers = { "x-version": versionOf(names.indexOf("down")) };
    const line = await logged("/down", { ...init, headers });
    expect(seen(line)).toEqual([404, ""]);
    expect(line.upstream_addr).toEndWith("/unknown-version.sock"); // as monitoring/access-log/gateway.mtail has it
  });
});

test("without a live replica, the upstream is the address", async () => {
  const lines = [];
  for (let i = 0; i < 3; i++) lines.push(await logged("/all-down", post));
  expect(lines.map(seen)).toEqual(Array(3).fill([502, "all-down"]));
  expect(lines.map((line) => line.upstream_addr)).toContainEqual(expect.stringMatching(/(^|[ ,])all-down$/));
});

test("an answer from a cache is the worker's; an unknown version is nobody's there too", async () => {
  const lines = [];
  for (const version of ["", "", "eeeeee111111", "eeeeee111111"])
    lines.push(await logged("/cached", { headers: { "x-version": version } }));
  expect(lines.map(seen)).toEqual([
    [200, "good"],
    [200, "good"],
    [404, ""],
    [404, ""],
  ]);
  expect(lines.map(({ upstream_addr }) => upstream_addr !== "")).toEqual([true, false, true, false]);
});

test.each<[what: string, path: string, init: Parameters<typeof logged>[1], counted: string]>([
  ["answered", "/good", {}, "/good 200 good PASSED "],
  ["without credentials", "/good", { headers: { authorization: "" } }, "/good 401  PASSED missing"],
  ["with a wrong password", "/good", { headers: { authorization: "Basic eDp6" } }, "/good 401  PASSED wrong"],
  ["refused by the worker", "/refusing", {}, "/refusing 401 refusing PASSED "],
  ["tried again", "/crashing", {}, "/crashing 502 crashing PASSED again"],
  ["sent once", "/crashing", post, "/crashing 502 crashing PASSED "],
  ["for an unknown version", "/good", { headers: { "x-version": "eeeeee111111" } }, "/good 404  PASSED "],
  ["for an unknown path", "/x y%20z", {}, "unknown_path 404  PASSED "],
])("the metrics log: %s", async (_what, path, init, counted) => {
  await logged(path, init);
  expect(linesOf("metrics.log").at(-1)).toMatch(/^\d+\.\d+ \d+ /);
  expect(
    linesOf("metrics.log")
      .at(-1)
      ?.replace(/^\S+ \S+ /, ""),
  ).toBe(counted);
});

describe("a request that reaches no worker has none", () => {
  test.each<[what: string, path: string, init: Parameters<typeof logged>[1], status: number]>([
    ["without credentials", "/good", { headers: { authorization: "" } }, 401],
    ["with a wrong password", "/good", { headers: { authorization: "Basic eDp5" } }, 401],
    ["too large", "/good", { method: "POST", body: "x".repeat(65_537) }, 413],
    ["of another method", "/good", { method: "PUT" }, 405],
    ["for an unknown version", "/good", { headers: { "x-version": "eeeeee111111" } }, 404],
    ["for an unknown path", "/nothing", {}, 404],
    ["for a document that fails", "/openapi/crashing.json", {}, 502],
    ["for readiness, which fails", "/readyz", {}, 502],
  ])("%s", async (_what, path, init, status) => {
    expect(seen(await logged(path, init))).toEqual([status, ""]);
  });

  test("over the rate", async () => {
    const lines = await Promise.all(Array.from({ length: 10 }, () => logged("/limited")));
    expect(lines.map(seen)).toContainEqual([503, ""]);
    expect(lines.filter(({ status, upstream }) => (status === "503") !== (upstream === ""))).toEqual([]);
    const counted = linesOf("metrics.log").map((line) => line.replace(/^\S+ \S+ /, ""));
    expect(counted).toContain("/limited 503  REJECTED refused");
  });
});
