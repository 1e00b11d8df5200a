// Which worker answers a request with X-Version: a gateway in front of worker processes, one of each worker and preview.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import { freePort, killSpawned, ready, spawnWorker } from "../workers/runtime/spawned.ts";
import { type Published, releasesFiles } from "./releases.ts";

const VERSIONS = {
  one: "aaaaaa111111",
  two: "bbbbbb111111",
  three: "cccccc111111",
  "one.preview": "aaaaa2111111",
  "two.preview": "dddddd111111",
  "three.preview": "dddddd222222",
} as const;
type Name = keyof typeof VERSIONS;
const ports = Object.fromEntries(Object.keys(VERSIONS).map((name) => [name, freePort()])) as Record<
  Name,
  number
>;

const LIVE = (["one", "two", "three"] as const).map((worker) => ({ worker, version: VERSIONS[worker] }));
const preview = (worker: "one" | "two" | "three", version: string = VERSIONS[`${worker}.preview`]) => ({
  worker,
  version,
  until: Date.now() + 3600_000,
  server: { address: `127.0.0.1:${ports[`${worker}.preview`]}` },
});
const ALL: Published = { live: LIVE, previews: [preview("one"), preview("two"), preview("three")] };

const ECHO = `worker: one
header: X-Group
values: { beta: two }
paths: { /echo/*: {}, /echo/open: { public: true } }`;
const OTHER = `worker: three
rate_by: user
users: { alice: 1000r/s }
paths: { /other/*: { body: 1m } }`;

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  for (const [name, port] of Object.entries(ports)) spawnWorker(port, { REPLICA: name });
  await Promise.all(Object.values(ports).map(ready));
  gateway = await plainGateway({
    routes: { "echo.yaml": ECHO, "other.yaml": OTHER },
    workers: { one: [ports.one], two: [ports.two], three: [ports.three] },
    variables: { RATE_LIMIT: "10000r/s", RATE_BURST: "10000" },
    published: ALL,
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  killSpawned();
});

type Headers = Record<string, string>;
const ask = (path: string, headers: Headers, credentials: Headers = as("alice")) =>
  fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...credentials, ...headers },
    body: '{"text":"hello"}',
  });
/** The worker that answered, or the gateway's own status. */
async function answers(path: string, headers: Headers, credentials?: Headers): Promise<string> {
  const answer = await ask(path, headers, credentials);
  return answer.headers.get("x-served-by")?.replace("echo/", "") ?? `${answer.status}`;
}

describe("X-Version comes before the header, and that before the default", () => {
  test.each<[version: string | undefined, group: string | undefined, by: string]>([
    [undefined, undefined, "one"],
    [undefined, "beta", "two"],
    ["", undefined, "one"],
    ["", "beta", "two"],
    [VERSIONS.one, undefined, "one"],
    [VERSIONS.one, "beta", "one"],
    [VERSIONS.two, undefined, "two"],
    [VERSIONS["one.preview"], undefined, "one.preview"],
    [VERSIONS["one.preview"], "beta", "one.preview"],
    [VERSIONS["two.preview"], undefined, "two.preview"],
    [VERSIONS["two.preview"], "beta", "two.preview"],
    ["eeeeee111111", "beta", "404"],
  ])("X-Version %p, X-Group %p: %s", async (version, group, by) => {
    const headers = {
      ...(version !== undefined && { "x-version": version }),
      ...(group && { "x-group": group }),
    };
    expect(await answers("/echo", headers)).toBe(by);
  });
});

describe("a version or a prefix of it", () => {
  test.each([
    ["aaaaaa", "one"],
    ["aaaaaa1", "one"],
    ["aaaaaa11111", "one"],
    ["aaaaa2", "one.preview"],
    ["aaaaa", "404"], // five digits, and of two versions
    ["bbbbb", "404"],
    ["dddddd", "404"], // of two versions
    ["dddddd1", "two.preview"],
    ["aaaaaa1111111", "404"],
    ["aaaaaa2", "404"],
    ["AAAAAA111111", "404"],
    ["aaaaaa111111, aaaaaa111111", "404"],
    ["unknown", "404"],
    ["unknown.version", "404"],
    ["one", "404"],
  ])("%s: %s", async (version, by) => expect(await answers("/echo", { "x-version": version })).toBe(by));

  test.each(["three", "three.preview"] as const)(
    "of %s is unknown to a route without this worker",
    async (name) => {
      expect(await answers("/echo", { "x-version": VERSIONS[name] })).toBe("404");
      expect(await answers("/other/x", { "x-version": VERSIONS[name] })).toBe(name);
    },
  );
});

test.each([
  ["one", "one"],
  ["two", "two"],
  ["one.preview", "404"],
  ["two.preview", "404"],
] as const)("at a public path, the version of %s: %s", async (name, by) => {
  expect(await answers("/echo/open", { "x-version": VERSIONS[name] }, {})).toBe(by);
  expect(await answers("/echo/open", { "x-version": VERSIONS[name] })).toBe(by);
});

test("credentials come first: without valid ones no version is told from another", async () => {
  for (const version of [VERSIONS.one, VERSIONS["one.preview"], "eeeeee111111", "x"])
    for (const credentials of [{}, { authorization: "Basic eDp5" }] as Headers[])
      expect(await answers("/echo", { "x-version": version }, credentials)).toBe("401");
});

test("none of 10,000 requests without X-Version reaches a preview, and all with it do", async () => {
  const counted = async (name: Name) => {
    const text = await (await fetch(`http://127.0.0.1:${ports[name]}/metrics`)).text();
    const lines = text.matchAll(/^http_requests_total\{.*route="\/echo".*\} (\d+)$/gm);
    return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  const before = { live: await counted("one"), preview: await counted("one.preview") };
  const send = async (count: number, headers: Headers) => {
    for (let i = 0; i < count; i += 50)
      await Promise.all(Array.from({ length: 50 }, async () => (await ask("/echo", headers)).arrayBuffer()));
  };
  await send(10_000, {});
  expect(await counted("one.preview")).toBe(before.preview);
  expect(await counted("one")).toBe(before.live + 10_000);
  await send(500, { "x-version": VERSIONS["one.preview"] });
  expect(await counted("one.preview")).toBe(before.preview + 500);
  expect(await counted("one")).toBe(before.live + 10_000);
}, 120_000);

describe("what is published", () => {
  const published = async (next: Published, ...asked: [path: string, version: string, by: string][]) => {
    await gateway.publish(next);
    for (const [path, version, by] of asked)
      expect([version, await answers(path, { "x-version": version })]).toEqual([version, by]);
  };

  test("changes by a new releases.conf alone", async () => {
    const [one, two, three] = LIVE;
    const next = "ffffff111111";
    await published(
      { live: [{ ...one!, version: next }, two!, three!], previews: [] },
      ["/echo", next, "one"],
      ["/echo", VERSIONS.one, "404"],
      ["/echo", VERSIONS["one.preview"], "404"],
    );
    await published(ALL, ["/echo", VERSIONS.one, "one"], ["/echo", VERSIONS["one.preview"], "one.preview"]);
  });

  test("a version that is live and previewed is the live one, with the whole version as with a prefix", async () => {
    const both = { live: LIVE, previews: [preview("one", VERSIONS.one)] };
    await published(both, ["/echo", VERSIONS.one, "one"], ["/echo", "aaaaaa", "one"]);
  });

  test("two workers with one version: each route has its own", async () => {
    const same = { live: LIVE.map(({ worker }) => ({ worker, version: VERSIONS.one })), previews: [] };
    await published(same, ["/echo", VERSIONS.one, "one"], ["/other/x", VERSIONS.one, "three"]);
    const [, two] = LIVE;
    const previews = [preview("one", two!.version), preview("three", two!.version)];
    await published(
      { live: [two!], previews },
      ["/echo", two!.version, "two"],
      ["/other/x", two!.version, "three.preview"],
    );
  });

  test("nothing: every version is unknown, and requests without one are answered", async () => {
    await published({ live: [], previews: [] }, ["/echo", VERSIONS.one, "404"], ["/echo", "", "one"]);
  });
});

test("a preview has an upstream of its name, with a resolver in containers", () => {
  const server = { address: "one.preview:8080", resolve: true };
  const { "releases.conf": text } = releasesFiles({
    live: [],
    previews: [{ ...preview("one"), server, resolver: "127.0.0.11" }],
  });
  expect(text).toContain(
    "upstream one.preview {\n    zone upstream_one.preview 64k;\n    resolver 127.0.0.11 ",
  );
  expect(text).toContain("    server one.preview:8080 resolve ");
});
