import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer } from "node:net";
import { join } from "node:path";
import { ROOT, setting } from "../../ops/lib/compose.ts";
import { gatewayUrl } from "../../ops/lib/gateway.ts";
import { ask, documented } from "./document.ts";
import { AUTHORIZATION, listen, privateGateway, waitFor } from "./private-gateway.ts";

const { cases } = await documented();
const url = gatewayUrl();
const running = Number(setting("RATE_LIMIT_STATUS"));
const other = running === 503 ? 429 : 503;
const JSON_TYPE = { "content-type": "application/json", authorization: AUTHORIZATION };
const breath = () => Bun.sleep(150); // stays below the rate limit

const produced = new Set<string>();

/** The answer is the documented example, but for what is another at each request: id and time spent. */
async function expectExample(
  answer: Response,
  path: string,
  status: number,
  example: unknown,
): Promise<void> {
  const text = await answer.text();
  expect({ path, status: answer.status, text }).toMatchObject({ path, status });
  const type = status === 200 ? "application/json" : "application/problem+json";
  expect(answer.headers.get("content-type")).toStartWith(type);
  const steady = (json: string) =>
    JSON.parse(json, (key, value) => (key === "request_id" || key === "duration_ms" ? typeof value : value));
  // a worker may leave the example of its answer out; that it accepts the example of the request is seen above
  if (example !== undefined) expect(steady(text)).toEqual(steady(JSON.stringify(example)));
  produced.add(`${path} ${status}`);
}

const post = (base: string, path: string, headers: Record<string, string>, body: string) =>
  ask(`${base}${path}`, { method: "POST", headers, body });

/** Of many at once, the first that is refused with `status`. */
async function refused(base: string, path: string, body: string, status: number): Promise<Response> {
  const answers = await Promise.all(Array.from({ length: 40 }, () => post(base, path, JSON_TYPE, body)));
  return answers.find((answer) => answer.status === status) ?? new Response("none was refused");
}

for (const { path, request, answers, selectors } of cases) {
  const body = JSON.stringify(request);
  const problem = (status: number) => answers.get(status)?.[""];

  for (const [worker, selector] of Object.entries(selectors)) {
    test(`${path}: the example is accepted and answered as shown ${worker}`, async () => {
      await breath();
      const headers = { ...JSON_TYPE, ...(selector && { [selector[0]]: selector[1] }) };
      await expectExample(await post(url, path, headers, body), path, 200, answers.get(200)?.[worker]);
    });
  }

  const provoked: [number, Record<string, string>, string][] = [
    [400, JSON_TYPE, "{"],
    [401, { "content-type": "application/json" }, body],
    [413, JSON_TYPE, "a".repeat(2_000_000)],
    [415, { ...JSON_TYPE, "content-type": "text/plain" }, body],
    [422, JSON_TYPE, "{}"],
  ];
  for (const [status, headers, sent] of provoked) {
    test(`${path}: ${status} as shown`, async () => {
      await breath();
      const answer = await post(url, path, headers, sent);
      await expectExample(answer, path, status, problem(status));
      if (status === 401) expect(answer.headers.get("www-authenticate")).toStartWith("Basic ");
    });
  }

  test(`${path}: ${running} as shown`, async () => {
    const answer = await refused(url, path, body, running);
    await expectExample(answer, path, running, problem(running));
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    await Bun.sleep(1500);
  });
}

// What a healthy gateway does not answer: the same templates, in front of a worker that this test breaks.
let port: number;
let gateway: Awaited<ReturnType<typeof privateGateway>>;
beforeAll(async () => {
  const holder = createServer();
  port = await listen(holder);
  await new Promise((done) => holder.close(done));
  gateway = await privateGateway(port, { RATE_LIMIT_STATUS: String(other) });
});
afterAll(() => gateway.stop());

/** Sends each documented request to the private gateway, and expects the documented answer of `status`. */
async function expectEach(status: number): Promise<void> {
  for (const { path, request, answers } of cases) {
    await breath();
    const answer = await post(gateway.url, path, JSON_TYPE, JSON.stringify(request));
    await expectExample(answer, path, status, answers.get(status)?.[""]);
  }
}

test("500 as shown, from a worker that throws", async () => {
  const paths = JSON.stringify(cases.map(({ path }) => path));
  const crashing = Bun.spawn([process.execPath, join(ROOT, "tests/openapi/crashing-worker.ts"), paths], {
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

test("502 as shown, where no worker listens", () => expectEach(502));

test("504 as shown, where a worker accepts and says nothing", async () => {
  const silent = createServer(() => undefined);
  await listen(silent, port);
  try {
    await expectEach(504);
  } finally {
    silent.close();
  }
});

test(`${other} as shown, with RATE_LIMIT_STATUS=${other}`, async () => {
  for (const { path, request, answers } of cases) {
    await Bun.sleep(1500);
    const answer = await refused(gateway.url, path, JSON.stringify(request), other);
    await expectExample(answer, path, other, answers.get(other)?.[""]);
  }
});

test("no documented answer was left out", () => {
  const promised = cases.flatMap(({ path, answers }) =>
    [...answers.keys()].map((status) => `${path} ${status}`),
  );
  expect(promised.filter((example) => !produced.has(example))).toEqual([]);
});
