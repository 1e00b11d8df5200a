// During a deployment the replicas of one worker have two versions, and releases.conf has the one before.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";
import { freePort, killSpawned, ready, spawnWorker } from "../workers/runtime/spawned.ts";

const BEFORE = "aaaaaa111111";
const NEXT = "bbbbbb222222";
const ports = { before: freePort(), next: freePort() };
const TIMES = 20;

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  spawnWorker(ports.before, { REPLICA: "before", WORKER_VERSION: BEFORE });
  spawnWorker(ports.next, { REPLICA: "next", WORKER_VERSION: NEXT });
  await Promise.all(Object.values(ports).map(ready));
  gateway = await plainGateway({
    routes: { "echo.yaml": "worker: one\npaths: { /echo: { idempotent: true } }" },
    workers: { one: [ports.before, ports.next] },
    variables: { RATE_LIMIT: "10000r/s", RATE_BURST: "10000" },
    published: { live: [{ worker: "one", version: BEFORE }], previews: [] },
  });
}, 60_000);
afterAll(async () => {
  await gateway.stop();
  killSpawned();
});

const ask = (version: string) =>
  fetch(`${gateway.url}/echo`, {
    method: "POST",
    headers: { ...as("alice"), "content-type": "application/json", "x-version": version },
    body: '{"text":"hello"}',
  });

test.each([BEFORE, BEFORE.slice(0, 6)])("X-Version %s: no other version answers", async (version) => {
  const answers = [];
  for (let i = 0; i < TIMES; i++) {
    const answer = await ask(version);
    answers.push([answer.status, answer.headers.get("x-version")]);
    const body = (await answer.json()) as { detail?: string };
    if (answer.status === 404) expect(body.detail).toStartWith("No version of this API");
  }
  expect(answers.filter(([status, own]) => status === 200 && own !== BEFORE)).toEqual([]);
  // nginx takes the replicas in turn, and none is marked as failed.
  expect(answers.filter(([status]) => status === 200)).toHaveLength(TIMES / 2);
  expect(answers.filter(([status]) => status === 404)).toHaveLength(TIMES / 2);
});

test("without X-Version both answer", async () => {
  const answers = new Set<string | null>();
  for (let i = 0; i < TIMES; i++) answers.add((await ask("")).headers.get("x-version"));
  expect([...answers].sort()).toEqual([BEFORE, NEXT]);
});

test("a refusal was sent to one replica, once", async () => {
  process.kill(Number(readFileSync(join(gateway.dir, "nginx.pid"), "utf8")), "SIGUSR1"); // writes its buffer
  const lines = () => readFileSync(join(gateway.dir, "access.log"), "utf8").split("\n").filter(Boolean);
  const refused = () =>
    lines()
      .map((line) => JSON.parse(line) as { status: string; upstream: string; upstream_addr: string })
      .filter(({ status }) => status === "404");
  for (let i = 0; i < 200 && refused().length < TIMES; i++) await Bun.sleep(50);
  expect(refused().map(({ upstream, upstream_addr }) => [upstream, upstream_addr])).toEqual(
    Array(TIMES).fill(["one", `127.0.0.1:${ports.next}`]),
  );
});
