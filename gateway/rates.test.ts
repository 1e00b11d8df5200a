// Counts of bursts, at rates so low that nothing is added to an allowance during the test.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { request } from "node:http";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";

const worker = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("{}") });
const paths = (name: string) => `paths: { /${name}/*: {}, /${name}/open: { public: true } }`;
const RULES = "worker: one\nrate: 1r/m\nburst: 3\n";

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  gateway = await plainGateway({
    routes: {
      "address.yaml": RULES + paths("address"),
      "user.yaml": `${RULES + paths("user")}\nrate_by: user`,
      "named.yaml": `${RULES + paths("named")}\nrate_by: user\nusers: { alice: 3r/m }`,
      "mixed.yaml": `${RULES + paths("mixed")}\nusers: { alice: 3r/m }`,
      "default.yaml": `worker: one\n${paths("default")}\nrate_by: user`,
    },
    workers: { one: [worker.port ?? 0] },
    variables: { RATE_LIMIT: "1r/m", RATE_BURST: "5", AUTH_RATE: "1000r/s", AUTH_BURST: "1000" },
  });
});
afterAll(async () => {
  await gateway.stop();
  await worker.stop(true);
});

type Headers = Record<string, string>;
const NOBODY: Headers = {};
const WRONG: Headers = { authorization: "Basic YWxpY2U6d3Jvbmc=" };

function status(path: string, headers: Headers, localAddress: string): Promise<number> {
  return new Promise((done, failed) => {
    request(`${gateway.url}${path}`, { headers, localAddress }, (answer) => {
      answer.resume();
      done(answer.statusCode ?? 0);
    })
      .on("error", failed)
      .end();
  });
}

/** The statuses of 20 requests, as counts. Each test has its own address, so that none uses up another's allowance. */
async function burst(path: string, headers: Headers, from: string): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (let i = 0; i < 20; i++) {
    const each = await status(path, headers, from);
    counts[each] = (counts[each] ?? 0) + 1;
  }
  return counts;
}
/** The first request and the burst. */
const passed = (count: number) => ({ 200: count, 503: 20 - count });

test("by address: users behind one address share its allowance, another address has its own", async () => {
  expect(await burst("/address/x", as("alice"), "127.0.1.1")).toEqual(passed(4));
  expect(await burst("/address/x", as("bob"), "127.0.1.1")).toEqual({ 503: 20 });
  expect(await burst("/address/x", as("alice"), "127.0.1.2")).toEqual(passed(4));
});

describe("by user", () => {
  test("each user has an allowance, whatever the address", async () => {
    expect(await burst("/user/x", as("alice"), "127.0.2.1")).toEqual(passed(4));
    expect(await burst("/user/x", as("alice"), "127.0.2.2")).toEqual({ 503: 20 });
    expect(await burst("/user/x", as("bob"), "127.0.2.1")).toEqual(passed(4));
  });
  test("a wrong password uses up nobody's allowance", async () => {
    expect(await burst("/user/x", WRONG, "127.0.2.3")).toEqual({ 401: 20 });
    expect(await burst("/user/x", as("carol"), "127.0.2.3")).toEqual(passed(4));
  });
  test("requests without credentials are counted by address", async () => {
    expect(await burst("/user/x", NOBODY, "127.0.2.4")).toEqual({ 401: 4, 503: 16 });
    expect(await burst("/user/x", NOBODY, "127.0.2.5")).toEqual({ 401: 4, 503: 16 });
  });
  test("a public path counts addresses", async () => {
    expect(await burst("/user/open", as("alice"), "127.0.2.6")).toEqual(passed(4));
    expect(await burst("/user/open", as("bob"), "127.0.2.6")).toEqual({ 503: 20 });
  });
  test("without a rate and a burst of its own it has RATE_LIMIT and RATE_BURST", async () => {
    expect(await burst("/default/x", as("alice"), "127.0.2.7")).toEqual(passed(6));
    expect(await burst("/default/x", as("bob"), "127.0.2.7")).toEqual(passed(6));
  });
});

describe("a named user has a rate of their own, and a burst in proportion", () => {
  test("while the others are counted by user", async () => {
    expect(await burst("/named/x", as("alice"), "127.0.3.1")).toEqual(passed(10));
    expect(await burst("/named/x", as("bob"), "127.0.3.1")).toEqual(passed(4));
    expect(await burst("/named/x", as("carol"), "127.0.3.1")).toEqual(passed(4));
  });
  test("while the others are counted by address", async () => {
    expect(await burst("/mixed/x", as("alice"), "127.0.3.2")).toEqual(passed(10));
    expect(await burst("/mixed/x", as("alice"), "127.0.3.3")).toEqual({ 503: 20 });
    expect(await burst("/mixed/x", as("bob"), "127.0.3.2")).toEqual(passed(4));
    expect(await burst("/mixed/x", as("carol"), "127.0.3.2")).toEqual({ 503: 20 });
    expect(await burst("/mixed/x", as("carol"), "127.0.3.3")).toEqual(passed(4));
  });
});
