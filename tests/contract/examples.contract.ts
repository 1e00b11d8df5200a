import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { gatewayUrl } from "../../ops/host/gateway-client.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";
import type { FieldError } from "../../workers/runtime/problem.ts";
import { ask, type Case, documented } from "./document.ts";
import { AUTHORIZATION, freePort, listen, privateGateway, waitFor } from "./private-gateway.ts";

const cases = await documented();
const url = gatewayUrl();
const running = Number(setting("RATE_LIMIT_STATUS"));
const other = running === 503 ? 429 : 503;
const JSON_TYPE = { "content-type": "application/json", authorization: AUTHORIZATION };
const pace = () => Bun.sleep(150); // stays below the rate limit

const produced = new Set<string>();

/** Expects the documented example, except for values that differ per request: id and duration. */
async function expectExample(
  answer: Response,
  { worker, path, answers }: Case,
  status: number,
): Promise<void> {
  const example = answers.get(status);
  const text = await answer.text();
  expect({ path, status: answer.status, text }).toMatchObject({ path, status });
  const type = status < 300 ? "application/json" : "application/problem+json";
  expect(answer.headers.get("content-type")).toStartWith(type);
  const byField = (a: FieldError, b: FieldError) => (a.field < b.field ? -1 : 1);
  const steady = (json: string) =>
    JSON.parse(json, (key, value) => {
      if (key === "errors" && Array.isArray(value)) return value.toSorted(byField);
      return key === "request_id" || key === "duration_ms" ? typeof value : value;
    });
  // a worker's document may have no example answer; the status is checked above
  if (example !== undefined && status === 201) {
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(example as object)); // what is created differs
  } else if (example !== undefined) expect(steady(text)).toEqual(steady(JSON.stringify(example)));
  produced.add(`${worker} ${path} ${status}`);
}

/** Sends the documented example, or a body and headers of the test. */
const post = (
  base: string,
  { path, request, headers }: Case,
  credentials: Record<string, string> = JSON_TYPE,
  body = JSON.stringify(request),
) => ask(`${base}${path}`, { method: "POST", headers: { ...credentials, ...headers }, body });

/** Sends 40 requests at once. @returns the first that is refused with `status`. */
async function refused(base: string, one: Case, status: number): Promise<Response> {
  const answers = await Promise.all(Array.from({ length: 40 }, () => post(base, one)));
  return answers.find((answer) => answer.status === status) ?? new Response("none was refused");
}

for (const one of cases) {
  const name = `${one.worker} ${one.path}`;

  test(`${name}: the example is accepted, and this worker answers as documented`, async () => {
    await pace();
    const answer = await post(url, one);
    expect(answer.headers.get("x-served-by")).toStartWith(`${one.worker}/`);
    await expectExample(answer, one, one.status);
  });

  // The gateway's routes and the workers' documents agree: exactly this value selects the worker.
  for (const [header, value] of Object.entries(one.selectors)) {
    const usual = cases.find(
      ({ path, selectors }) => path === one.path && Object.keys(selectors).length === 0,
    );
    const { [header]: _, ...own } = one.headers;
    const others = [`${value}x`, `x${value}`, value.toUpperCase(), value.toLowerCase()];
    for (const other of ["", ...others].filter((each) => each !== value)) {
      test(`${name}: ${usual?.worker} answers with ${header}: ${other || "(none)"}`, async () => {
        await pace();
        const answer = await post(url, { ...one, headers: { ...own, ...(other && { [header]: other }) } });
        expect(answer.headers.get("x-served-by")).toStartWith(`${usual?.worker}/`);
      });
    }
  }

  const provoked: [number, Record<string, string>, string?][] = [
    [400, JSON_TYPE, "{"],
    [401, { "content-type": "application/json" }],
    [413, JSON_TYPE, "a".repeat(9_000_000)],
    [415, { ...JSON_TYPE, "content-type": "text/plain" }],
    [422, JSON_TYPE, "{}"],
  ];
  for (const [status, headers, sent] of provoked) {
    test(`${name}: ${status} as documented`, async () => {
      await pace();
      const answer = await post(url, one, headers, sent);
      await expectExample(answer, one, status);
      if (status === 401) expect(answer.headers.get("www-authenticate")).toStartWith("Basic ");
    });
  }

  test(`${name}: ${running} as documented`, async () => {
    const answer = await refused(url, one, running);
    await expectExample(answer, one, running);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    await Bun.sleep(1500);
  });
}

// Errors that need a failing worker: a private gateway from the same templates, with a worker of this test.
let port: number;
let gateway: Awaited<ReturnType<typeof privateGateway>>;
beforeAll(async () => {
  port = await freePort();
  gateway = await privateGateway(port, { RATE_LIMIT_STATUS: String(other) });
});
afterAll(() => gateway.stop());

/** Sends each documented request to the private gateway, and expects the documented answer of `status`. */
async function expectEach(status: number): Promise<void> {
  for (const one of cases) {
    await pace();
    await expectExample(await post(gateway.url, one), one, status);
  }
}

test("500 as documented, from a worker that throws", async () => {
  const paths = JSON.stringify([...new Set(cases.map(({ path }) => path))]);
  const crashing = Bun.spawn([process.execPath, join(ROOT, "tests/contract/crashing-worker.ts"), paths], {
    env: { ...process.env, PORT: String(port), HOST: "127.0.0.1" },
    stdout: "ignore",
    stderr: "ignore",
  });
  try {
    await waitFor("the crashing worker", `http://127.0.0.1:${port}/livez`);
    await expectEach(500);
  } finally {
    crashing.kill("SIGKILL");
    await crashing.exited;
  }
});

test("502 as documented, if no worker listens", () => expectEach(502));

test("504 as documented, if a worker accepts and does not answer", async () => {
  const silent = createServer(() => undefined);
  await listen(silent, port);
  try {
    await expectEach(504);
  } finally {
    silent.close();
  }
});

test("a document: 502 if its worker is down, else one request per second, without the client's headers, query and body", async () => {
  const path = `/openapi/${cases[0]?.worker}.json`;
  const gone = await ask(`${gateway.url}${path}`);
  expect([gone.status, gone.headers.get("content-type")]).toEqual([502, "application/problem+json"]);

  const seen: string[] = [];
  const fetch = async (request: Request) => {
    seen.push([request.method, new URL(request.url).pathname + new URL(request.url).search].join(" "));
    const sent = ["cookie", "authorization", "content-length", "content-type"];
    seen.push(...sent.filter((name) => request.headers.has(name)), await request.text());
    return Response.json({ openapi: "3.0.3" });
  };
  const server = Bun.serve({ port, hostname: "127.0.0.1", fetch });
  await waitFor("the document", `${gateway.url}${path}`); // the 502 is cached for a second
  await Bun.sleep(2100); // and so is this 200; nginx rounds to whole seconds
  seen.length = 0;
  const started = performance.now();
  const headers = { ...JSON_TYPE, cookie: "a=b" };
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => ask(`${gateway.url}${path}?n=${i}`, { headers })),
  );
  const seconds = Math.ceil((performance.now() - started) / 1000);
  await server.stop(true);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(seen)).toEqual(new Set(["GET /openapi.json", ""]));
  expect(seen.filter((line) => line !== "").length).toBeLessThanOrEqual(seconds);
});

test(`${other} as documented, with RATE_LIMIT_STATUS=${other}`, async () => {
  for (const one of cases) {
    await Bun.sleep(1500);
    await expectExample(await refused(gateway.url, one, other), one, other);
  }
});

test("every documented answer was produced", () => {
  const documentedAnswers = cases.flatMap(({ worker, path, answers }) =>
    [...answers.keys()].map((status) => `${worker} ${path} ${status}`),
  );
  expect(documentedAnswers.filter((example) => !produced.has(example))).toEqual([]);
});
