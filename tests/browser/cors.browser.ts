// A page of another origin calls a route with `cors` in Chromium.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { workers } from "../../ops/settings/project.ts";
import { AUTHORIZATION, privateGateway } from "../contract/private-gateway.ts";
import { launch } from "./chromium.ts";

const page = () =>
  Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response("<!doctype html><title>App</title>", { headers: { "content-type": "text/html" } }),
  });
const [allowed, other] = [page(), page()];
const originOf = ({ port }: typeof allowed) => `http://127.0.0.1:${port}`;

const seen: string[] = [];
const worker = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    seen.push(request.method);
    return Response.json({ method: request.method, custom: request.headers.get("x-custom") });
  },
});

const routes = mkdtempSync(join(tmpdir(), "cors-"));
let browser: Browser;
let gateway: Awaited<ReturnType<typeof privateGateway>>;
beforeAll(async () => {
  const [{ name } = { name: "" }] = workers();
  const cors = `cors: { origins: ["${originOf(allowed)}"], headers: [X-Custom] }`;
  const file = (text: string) => `worker: ${name}\n${text}\n${cors}`;
  writeFileSync(join(routes, "api.yaml"), file("paths: { /api/*: {}, /api/read: { methods: [GET] } }"));
  writeFileSync(join(routes, "limited.yaml"), file("paths: { /limited/*: {} }\nrate: 1r/m\nburst: 1"));
  gateway = await privateGateway(worker.port ?? 0, { RATE_BURST: "100" }, routes);
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  await Promise.all([allowed, other, worker].map((server) => server.stop(true)));
  rmSync(routes, { recursive: true });
});

interface Seen {
  status?: number;
  body?: Record<string, unknown>;
  requestId?: string | null;
  /** fetch rejected: the browser let the page read nothing. */
  refused?: string;
}

/** fetch in a page of this origin. */
async function fetchFrom(from: string, path: string, init: RequestInit): Promise<Seen> {
  const tab: Page = await browser.newPage();
  await tab.goto(from);
  const result = await tab.evaluate(
    `fetch(${JSON.stringify(gateway.url + path)}, ${JSON.stringify(init)}).then(
      async (answer) => ({ status: answer.status, body: await answer.json(), requestId: answer.headers.get("x-request-id") }),
      (error) => ({ refused: String(error) }))`,
  );
  await tab.close();
  return result as Seen;
}

const authorization = AUTHORIZATION;

describe("a page of an allowed origin", () => {
  const from = originOf(allowed);
  test("reads the answer to a request with credentials, and its request id", async () => {
    const answer = await fetchFrom(from, "/api/1", { headers: { authorization } });
    expect(answer).toMatchObject({ status: 200, body: { method: "GET" } });
    expect(answer.requestId).toMatch(/^[0-9a-f]{32}$/);
  });
  test("sends a method and a header that need a preflight", async () => {
    const headers = { authorization, "content-type": "application/json", "x-custom": "yes" };
    const answer = await fetchFrom(from, "/api/1", { method: "DELETE", headers, body: "{}" });
    expect(answer).toMatchObject({ status: 200, body: { method: "DELETE", custom: "yes" } });
  });
  test("reads a 401", async () => {
    expect(await fetchFrom(from, "/api/1", {})).toMatchObject({
      status: 401,
      body: { title: "Unauthorized" },
    });
  });
  test("reads the refusal of a request over the limit", async () => {
    const three = [1, 2, 3].map(() => fetchFrom(from, "/limited/1", { headers: { authorization } }));
    const refused = (await Promise.all(three)).find(({ status }) => status !== 200);
    expect(refused).toMatchObject({
      status: 503,
      body: { detail: "Too many requests. Slow down and try again." },
    });
  });
  test("cannot send a header that the route does not list", async () => {
    const headers = { authorization, "x-other": "1" };
    expect((await fetchFrom(from, "/api/1", { headers })).refused).toContain("Failed to fetch");
  });
  test("cannot send a method that the path does not list", async () => {
    const init = { method: "DELETE", headers: { authorization } };
    expect((await fetchFrom(from, "/api/read", init)).refused).toContain("Failed to fetch");
  });
});

describe("a page of another origin", () => {
  test("reads nothing, and its request does not reach the worker", async () => {
    seen.length = 0;
    for (const method of ["GET", "DELETE"]) {
      const answer = await fetchFrom(originOf(other), "/api/1", { method, headers: { authorization } });
      expect(answer.refused).toContain("Failed to fetch");
    }
    expect(await fetchFrom(originOf(other), "/api/1", {})).toHaveProperty("refused");
    expect(seen).toEqual([]);
  });
});
