// Which clients a canary's candidate answers, with a private gateway in front of workers that say who they are.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { request as ask } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import { writeShare } from "../workers/runtime/canary/state.ts";
import { proportion } from "../workers/runtime/statistics/proportions.ts";
import type { Canary } from "./canary.ts";
import type { Published } from "./releases.ts";

const STEPS = [5, 20, 50, 100];
const users = Array.from({ length: 2000 }, (_, i) => `user-${i}`);
const folder = mkdtempSync(join(tmpdir(), "share-"));
const serve = (name: string) =>
  Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(name) });
const servers = { one: serve("one"), two: serve("two"), next: serve("next") };
const address = (name: keyof typeof servers) => ({ address: `127.0.0.1:${servers[name].port}` });

const published = (canary: Partial<Canary> = {}): Published => ({
  live: [
    { worker: "one", version: "a".repeat(12) },
    { worker: "two", version: "b".repeat(12) },
  ],
  previews: [],
  canary: { worker: "one", servers: [address("next")], steps: STEPS, folder, ...canary },
});

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  gateway = await plainGateway({
    routes: {
      "a.yaml":
        "worker: one\nheader: X-Group\nvalues: { beta: two }\nidempotent: true\npaths: { /a: { methods: [GET, POST] } }",
      "open.yaml": "worker: one\npaths: { /open: { public: true, methods: [GET] } }",
      "other.yaml": "worker: two\npaths: { /other: { methods: [GET] } }",
    },
    workers: { one: [servers.one.port!], two: [servers.two.port!] },
    variables: {
      RATE_LIMIT: "100000r/s",
      RATE_BURST: "100000",
      CONNECTION_LIMIT: "1000",
      AUTH_RATE: "100000r/s",
      AUTH_BURST: "100000",
    },
    published: published(),
    users,
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  for (const server of Object.values(servers)) server.stop(true);
  rmSync(folder, { recursive: true });
});

async function answer(user: string, path = "/a", headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${gateway.url}${path}`, { headers: { ...as(user), ...headers } });
  const text = await response.text();
  expect({ status: response.status, text }).toEqual({ status: 200, text });
  return text;
}

/** Six at a time: a client may have eight checks of new passwords at once. */
async function answers<Client>(clients: readonly Client[], one: (client: Client) => Promise<string>) {
  const found = new Map<Client, string>();
  const left = clients.values();
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (const client of left) found.set(client, await one(client));
    }),
  );
  return found;
}

/** The answer of a public path to a client at this address. */
function from(localAddress: string): Promise<string> {
  const { port } = new URL(gateway.url);
  return new Promise((done, failed) => {
    ask(
      { host: "127.0.0.1", port, path: "/open", localAddress, headers: { host: "localhost" }, agent: false },
      (got) => {
        got.setEncoding("utf8");
        let text = "";
        got.on("data", (part: string) => {
          text += part;
        });
        got.on("end", () => done(text));
      },
    )
      .on("error", failed)
      .end();
  });
}

/** Those that the candidate answers, in a fixed order. */
const chosen = <Client>(found: Map<Client, string>) =>
  [...found].flatMap(([client, name]) => (name === "next" ? [client] : [])).sort();

/** Who is in stays in while the share grows, and the share is what it should be. */
async function grows<Client>(clients: readonly Client[], one: (client: Client) => Promise<string>) {
  let before: Client[] = [];
  for (const share of STEPS) {
    writeShare(folder, share);
    const [first, second] = [chosen(await answers(clients, one)), chosen(await answers(clients, one))];
    expect(second).toEqual(first);
    expect(before.filter((client) => !first.includes(client))).toEqual([]);
    const { low, high } = proportion({ hits: first.length, of: clients.length }, 0.9999);
    expect([low <= share / 100, high >= share / 100, first.length]).toEqual([true, true, first.length]);
    before = first;
  }
}

test("without a share's file everybody gets the worker", async () => {
  writeShare(folder, 0);
  expect(chosen(await answers(users.slice(0, 100), answer))).toEqual([]);
});

test("2,000 users: each stays with its version while the share grows", async () => {
  await grows(users, answer);
}, 120_000);

test("clients without credentials by address", async () => {
  await grows(
    Array.from({ length: 1000 }, (_, i) => `127.9.${i >> 8}.${i & 255 || 255}`).filter(
      (one, i, all) => all.indexOf(one) === i,
    ),
    from,
  );
}, 120_000);

describe("at 100 %", () => {
  test("a header and X-Version win", async () => {
    writeShare(folder, 100);
    expect(await answer("alice")).toBe("next");
    expect(await answer("alice", "/a", { "X-Group": "beta" })).toBe("two");
    expect(await answer("alice", "/a", { "X-Group": "gamma" })).toBe("next");
    expect(await answer("alice", "/a", { "X-Version": "aaaaaa" })).toBe("one");
    expect(await answer("alice", "/a", { "X-Version": "bbbbbb" })).toBe("two");
  });

  test("another worker's path has its own worker", async () => {
    expect(await answer("alice", "/other")).toBe("two");
  });

  test("a candidate that cannot be reached costs no answer", async () => {
    await gateway.publish(published({ servers: [{ address: "127.0.0.1:9" }] }));
    for (let i = 0; i < 20; i++) expect(await answer("alice")).toBe("one");
    const post = await fetch(`${gateway.url}/a`, { method: "POST", body: "x", headers: as("alice") });
    expect([post.status, await post.text()]).toEqual([200, "one"]);
    await gateway.publish(published());
  });

  test("the share back to 0 is in effect at once, without a reload", async () => {
    expect(await answer("alice")).toBe("next");
    writeShare(folder, 0);
    expect(await answer("alice")).toBe("one");
  });
});

test("of two files the higher share counts, while one replaces the other", async () => {
  writeFileSync(join(folder, "5"), "");
  writeFileSync(join(folder, "100"), "");
  expect(await answer("alice")).toBe("next");
  writeShare(folder, 5);
  expect(readdirSync(folder)).toEqual(["5"]);
});
