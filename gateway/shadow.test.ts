// Which live requests the gateway marks for a shadow, with a private gateway in front of workers that show their headers.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import { MARK_HEADER, markOf, newKey, PASS_HEADER } from "../workers/runtime/shadow/contract.ts";
import type { Published } from "./releases.ts";
import type { Sample } from "./shadow.ts";

const MARK = markOf(newKey());
/** What each worker received. */
const received: { worker: string; path: string; mark: string | null; pass: string | null }[] = [];
const servers = ["one", "two"].map((worker) =>
  Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      const [mark, pass] = [MARK_HEADER, PASS_HEADER].map((name) => request.headers.get(name)) as [
        string | null,
        string | null,
      ];
      received.push({ worker, path: pathname, mark, pass });
      return Response.json({});
    },
  }),
);

const published = (sample?: Partial<Sample>): Published => ({
  live: [],
  previews: [],
  ...(sample && { sample: { worker: "one", percent: 100, mark: MARK, ...sample } }),
});

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  gateway = await plainGateway({
    routes: {
      "a.yaml":
        "worker: one\nheader: X-Group\nvalues: { beta: two }\npaths: { /a: { methods: [GET] }, /a/b.c: { methods: [GET] }, /deep/*: { methods: [GET] } }",
      "open.yaml": "worker: one\npaths: { /open: { public: true, methods: [GET] } }",
    },
    workers: { one: [servers[0]!.port!], two: [servers[1]!.port!] },
    variables: { RATE_LIMIT: "100000r/s", RATE_BURST: "100000" },
    published: published(),
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  for (const server of servers) server.stop(true);
});

async function ask(path: string, headers: Record<string, string> = {}) {
  received.length = 0;
  const { status } = await fetch(`${gateway.url}${path}`, { headers: { ...as("alice"), ...headers } });
  expect(status).toBe(200);
  return received[0];
}

test("without a shadow nothing is marked, and a client's own mark and pass do not reach a worker", async () => {
  for (const path of ["/a", "/open", "/deep/x"])
    expect(await ask(path, { [MARK_HEADER]: MARK, [PASS_HEADER]: "pass" })).toMatchObject({
      mark: null,
      pass: null,
    });
});

describe("a sample", () => {
  test("has the requests of the worker on all its paths, and those of no other", async () => {
    await gateway.publish(published({}));
    for (const path of ["/a", "/a/b.c", "/deep/x", "/open"])
      expect(await ask(path, { "X-Shadow": "other" })).toMatchObject({ worker: "one", mark: MARK });
    expect(await ask("/a", { "X-Group": "beta", "X-Shadow": MARK })).toMatchObject({
      worker: "two",
      mark: null,
    });
    expect(await ask("/openapi/one.json", { "X-Shadow": MARK })).toMatchObject({ worker: "one", mark: null });
  });

  test("of one path has the requests of this path", async () => {
    await gateway.publish(published({ path: "/a/b.c" }));
    expect(await ask("/a/b.c")).toMatchObject({ mark: MARK });
    expect(await ask("/a")).toMatchObject({ mark: null });
    await gateway.publish(published({ path: "/deep" }));
    expect(await ask("/deep/x/y")).toMatchObject({ mark: MARK });
    expect(await ask("/a")).toMatchObject({ mark: null });
  });

  test.each([0, 1, 10, 50])("of %d %% has about this share", async (percent) => {
    await gateway.publish(published({ percent }));
    received.length = 0;
    const REQUESTS = 2000;
    for (let i = 0; i < REQUESTS; i += 50)
      await Promise.all(Array.from({ length: 50 }, () => fetch(`${gateway.url}/open`)));
    const marked = received.filter(({ mark }) => mark === MARK).length;
    const deviation = Math.sqrt((REQUESTS * percent * (100 - percent)) / 10_000);
    expect(Math.abs(marked - (REQUESTS * percent) / 100)).toBeLessThanOrEqual(5 * deviation); // 1 in 1,700,000
  });
});
