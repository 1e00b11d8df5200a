import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProblemDetails } from "./problem.ts";
import { freePort, killSpawned, ready, spawnWorker } from "./spawned.ts";

const port = freePort();
let child: ReturnType<typeof spawnWorker>;
beforeAll(() => {
  child = spawnWorker(port, {}, "test-outcomes.ts");
  return ready(port);
});
afterAll(killSpawned);

const POST = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
const FAILED = [
  ...["/not-found", "/validation", "/parse", "/status", "/set-status", "/cause"],
  ...["/bigint", "/late-bigint", "/circular", "/to-json", "/header", "/no-file", "/fraction"],
  ...["/resolved-map", "/generator-throws"],
];
const CASES: [path: string, status: number, init?: RequestInit][] = [
  ["/derive", 401],
  ["/derive", 200, { headers: { "x-key": "1" } }],
  ["/resolve", 403, POST],
  ["/resolve-map", 402],
  ["/macro", 401],
  ["/before", 401],
  ["/mapped", 418],
  ["/generator", 400],
  ["/stream", 200],
  ["/undefined", 200],
  ["/file", 200],
  ["/decoded/no", 422],
  ["/decoded/yes", 200],
  ["/decoded-query?n=1&text=no", 422],
  ["/decoded-query?n=1&text=yes", 200],
  ["/resolved-map/key", 200],
  ["/socket", 404],
  ...FAILED.map((path): [string, number] => [path, 500]),
];

/** Lines in the log. */
const ERRORS: Record<string, number> = { "/fraction": 0 };

/** The ids that the worker gave to the requests. */
const seen: { path: string; status: number; id: string }[] = [];

describe("an answer", () => {
  for (const [path, status, init] of CASES) {
    test(`of ${path} has the status ${status} and, for an error, is a problem document`, async () => {
      const id = `id-${seen.length}`;
      seen.push({ path, status, id });
      const headers = { ...(init?.headers as Record<string, string>), "x-request-id": id };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
      expect([answer.status, answer.headers.get("x-request-id")]).toEqual([status, id]);
      const text = await answer.text();
      expect(text).not.toContain("alice");
      if (status < 400) return;
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(JSON.parse(text)).toMatchObject({ status, request_id: id, instance: path.split("?")[0] });
    });
  }
});

/** For these Elysia throws, and tells Bun nothing of the request. */
const UNKNOWN = ["/null", "/late-null", "/map-throws"];
const unknown: string[] = [];
for (const path of UNKNOWN) {
  test(`${path} gets a problem document with an id of its own`, async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    const { status, request_id } = (await answer.json()) as ProblemDetails;
    expect([answer.status, status, answer.headers.get("x-request-id")]).toEqual([500, 500, request_id]);
    unknown.push(request_id);
  });
}

test("a message of a WebSocket that fails its schema is no error of the worker", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`);
  const answer = await new Promise<string>((resolve, reject) => {
    socket.onopen = () => socket.send('{"n":"x"}');
    socket.onmessage = ({ data }) => resolve(String(data));
    socket.onerror = () => reject(new Error("no connection"));
  });
  socket.close();
  expect(JSON.parse(answer)).toMatchObject({ status: 422, errors: [{ field: "n" }] });
});

test("each answer is counted and logged once, with the status that the client got; each 500 has its error", async () => {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  child.kill("SIGTERM");
  const log = await new Response(child.stdout).text();
  const lines = log
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const logged = seen.map(({ path, id }) => {
    const own = lines.filter(({ request_id }) => request_id === id);
    const requests = own.filter(({ msg }) => msg === "request").map(({ status }) => status);
    return { path, requests, errors: own.filter(({ level }) => level === "error").length };
  });
  expect(logged).toEqual(
    seen.map(({ path, status }) => ({
      path,
      requests: [status],
      errors: ERRORS[path] ?? (status === 500 ? 1 : 0),
    })),
  );
  expect(lines.filter(({ level }) => level === "error").length).toBe(
    FAILED.length - 1 + UNKNOWN.length + 1, // not /fraction; the problem document is mapped too
  );
  for (const id of unknown) {
    expect(lines.filter(({ request_id }) => request_id === id)).toMatchObject([
      { level: "error" },
      { msg: "request", status: 500 },
    ]);
  }
  expect(metrics).toContain(
    '{route="(unmatched)",method="other",status="500",worker="outcomes",replica="t"} 3',
  );
  for (const { path, status } of seen) {
    if (path.startsWith("/decoded") || path === "/socket") continue;
    expect(metrics).toContain(
      `http_requests_total{route="${path}",method="${path === "/resolve" ? "POST" : "GET"}",status="${status}",worker="outcomes",replica="t"} 1\n`,
    );
  }
});
