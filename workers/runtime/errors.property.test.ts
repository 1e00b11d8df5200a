import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Value } from "@sinclair/typebox/value";
import fc from "fast-check";
import type { OpenAPIV3 } from "openapi-types";
import { compile } from "../build/compile.ts";
import type { FieldError, ProblemDetails } from "./problem.ts";
import { ProblemSchema } from "./problem-schema.ts";
import { freePort, killSpawned, ready, spawnWorker } from "./spawned.ts";
import { KINDS } from "./test-kinds.ts";
import { type Asked, build, MARK, RARE, request } from "./test-requests.ts";

const RUNS = 4000;
const CONTAINERS = [
  "must be an array of 0 to 3 items",
  "must be an array",
  "must be an object with b",
  "must be an object with c",
  "must be an object with v, maybe, list, deep",
  "must be an object with v",
  "must be an integer", // of /optional
  'must be "card"',
  'must be "iban"',
];

let port: number;
let document: OpenAPIV3.Document;
async function start(file: string): Promise<void> {
  port = freePort();
  spawnWorker(port, {}, file);
  await ready(port);
  document = (await (await fetch(`http://127.0.0.1:${port}/openapi.json`)).json()) as OpenAPIV3.Document;
}
const folder = mkdtempSync(join(tmpdir(), "kinds-"));
afterAll(() => {
  killSpawned();
  rmSync(folder, { recursive: true });
});

/** The same worker as in native mode, and as in an image. */
const FORMS: Record<string, () => Promise<string>> = {
  "a source": async () => "test-kinds.ts",
  "an image's binary": async () => {
    const binary = join(folder, "kinds");
    await compile(join(import.meta.dir, "../.."), "runtime/test-kinds", binary);
    return binary;
  },
};

const WHERE: Record<string, FieldError["in"]> = {
  query: "query",
  params: "path",
  headers: "header",
  cookie: "cookie",
};

const counts = new Map<number, number>();
/** The words that each kind got. */
const seen = new Set<string>();
async function check(asked: Asked): Promise<void> {
  const { path, pattern, part, verb, usual, init } = build(asked);
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, init as RequestInit);
  const said = await answer.text();
  counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  if (answer.ok) return;
  expect(answer.status).not.toBe(500);
  const needsBody = pattern.startsWith("/body/") && verb === "POST";
  if (!("body" in init) && answer.status !== 404) {
    if (needsBody) expect(said).toContain("The request has no body.");
    else expect([400, 413, 415]).not.toContain(answer.status); // no body is no wrong body
  }
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const operation = document.paths[pattern]?.[(verb === "HEAD" ? "GET" : verb).toLowerCase() as "get"];
  if (operation) expect(Object.keys(operation.responses)).toContain(String(answer.status));
  else expect(answer.status).toBe(pattern === "" ? 404 : 405);
  if (answer.status === 405) {
    const allow = answer.headers.get("allow")?.split(", ") ?? [];
    expect(allow).toEqual([...new Set(usual === "GET" ? ["GET", "HEAD"] : [usual])]);
  }
  if (verb === "HEAD") return expect(said).toBe("");
  const problem = JSON.parse(said) as ProblemDetails;
  expect([...Value.Errors(ProblemSchema, problem)]).toEqual([]);
  expect([problem.status, problem.request_id]).toEqual([answer.status, answer.headers.get("x-request-id")!]);
  expect(JSON.stringify({ ...problem, instance: "" })).not.toContain(MARK);
  if (answer.status !== 422) return;
  const { words, inside = [] } = KINDS[asked.kind]!;
  const right = ["is required", words, ...inside, ...CONTAINERS];
  expect(problem.errors?.length).toBeGreaterThan(0);
  for (const { in: place, field, message } of problem.errors ?? []) {
    expect(right).toContain(message);
    expect(place).toBe(WHERE[part]);
    seen.add(`${asked.kind}: ${message}`);
    expect(field).toMatch(/^(\((body|query)\)|[\w*-]+(\.[\w*-]+)*)$/);
  }
}

describe.each(Object.entries(FORMS))("%s", (_form, file) => {
  test("every error is a documented problem with the right words, and never repeats the input", async () => {
    counts.clear();
    seen.clear();
    await start(await file());
    await fc.assert(fc.asyncProperty(request, check), {
      numRuns: RUNS,
      examples: RARE.map((each) => [each]),
    });
    const sorted = [...counts].sort(([a], [b]) => a - b).map(([status, n]) => `${n} × ${status}`);
    console.log(`${RUNS} requests of ${Object.keys(KINDS).length} kinds of schema: ${sorted.join(", ")}`);
    expect(sorted.length).toBeGreaterThanOrEqual(6);
    const expected = Object.entries(KINDS).flatMap(([kind, { words, inside = [] }]) =>
      ["is required", words, ...inside].map((each) => `${kind}: ${each}`),
    );
    expect(expected.filter((each) => !seen.has(each))).toEqual([]);
  }, 120_000);

  test("metrics have only route patterns, and not the document's path", async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const routes = [...metrics.matchAll(/^http_requests_total\{route="([^"]+)"/gm)].map(
      ([, route]) => route!,
    );
    const patterns = Object.keys(document.paths).map((path) => path.replace(/\{(\w+)\}/g, ":$1"));
    const known = [...patterns, "/readyz", "/livez", "/metrics", "/rest/*", "(unmatched)"];
    expect(routes.filter((route) => !known.includes(route))).toEqual([]);
    expect(metrics).toMatch(/route="\/params\/\w+\/:v",method="\w+",status="405"/);
  });
});
