// The shadow process with real workers: everything it receives is compared, dropped or skipped, and what differs is found.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { freePort, killSpawned, ready, spawnWorker } from "../spawned.ts";
import {
  MARK_HEADER,
  markOf,
  newKey,
  PASS_HEADER,
  pass,
  type Report,
  type ShadowSettings,
} from "./contract.ts";

const KEY = newKey();
const FILE = "test-shadow.ts";
const STABLE = "111111111111";
const CANDIDATE = "222222222222";

let ports: Record<"stable" | "candidate" | "shadow", number>;
beforeEach(() => {
  ports = { stable: freePort(), candidate: freePort(), shadow: freePort() };
});
const started: Bun.Subprocess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  killSpawned();
});

async function startStable(env: Record<string, string> = {}) {
  const stable = spawnWorker(ports.stable, { WORKER_VERSION: STABLE, ...env }, FILE);
  await ready(ports.stable);
  return stable;
}

async function startCandidate(env: Record<string, string> = {}) {
  const candidate = spawnWorker(ports.candidate, { WORKER_VERSION: CANDIDATE, ...env }, FILE);
  await ready(ports.candidate);
  return candidate;
}

async function startShadow(more: Partial<ShadowSettings> = {}) {
  const settings: ShadowSettings = {
    key: KEY,
    stable: { worker: "weather", version: STABLE, servers: [`127.0.0.1:${ports.stable}`] },
    candidate: { worker: "weather", version: CANDIDATE, servers: [`localhost:${ports.candidate}`] },
    noise: 0.1,
    keep: 0,
    keepUntil: 0,
    timeoutMs: 2000,
    ...more,
  };
  const shadow = Bun.spawn([process.execPath, resolve(import.meta.dir, "..", FILE), "--shadow"], {
    env: { ...process.env, HOST: "127.0.0.1", PORT: String(ports.shadow), SHADOW: JSON.stringify(settings) },
    stdout: "ignore",
    stderr: "inherit",
  });
  started.push(shadow);
  await ready(ports.shadow);
  return shadow;
}

/** Live requests of the sample, some at a time. @returns their statuses. */
async function live(count: number): Promise<number[]> {
  const statuses: number[] = [];
  const send = async (i: number) => {
    const answer = await fetch(`http://127.0.0.1:${ports.stable}/weather`, {
      method: "POST",
      headers: { "content-type": "application/json", [MARK_HEADER]: markOf(KEY) },
      body: JSON.stringify({ degrees: i / 10 }),
    });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  };
  for (let i = 0; i < count; i += 20)
    await Promise.all(Array.from({ length: Math.min(20, count - i) }, (_, j) => send(i + j)));
  return statuses;
}

async function report(): Promise<Report> {
  const headers = { [PASS_HEADER]: pass(KEY, ports.shadow, "/report") };
  const answer = await fetch(`http://127.0.0.1:${ports.shadow}/report`, { headers });
  return (await answer.json()) as Report;
}

const total = (all: Record<string, number>) => Object.values(all).reduce((a, b) => a + b, 0);

/** The report once everything was received and nothing waits. */
async function settled(received: number): Promise<Report> {
  for (let i = 0; i < 300; i++) {
    const now = await report();
    if (now.counts.received >= received && now.waiting === 0) return now;
    await Bun.sleep(50);
  }
  throw new Error(`still waiting: ${JSON.stringify(await report())}`);
}

function expectSum({ counts: { received, compared, dropped, skipped } }: Report, sent: number) {
  expect(received).toBe(sent);
  expect(compared + total(dropped) + total(skipped)).toBe(sent);
}

test("the same version agrees in everything, also with itself", async () => {
  await Promise.all([startStable(), startCandidate()]);
  await startShadow({ noise: 0.5 });
  await live(400);
  const now = await settled(400);
  expectSum(now, 400);
  const { labels, answers, noise, statuses, matrix, shapes } = now.counts;
  expect([labels, answers]).toEqual([
    { pairs: 400, same: 400 },
    { pairs: 400, same: 400 },
  ]);
  expect(noise.labels.pairs).toBeGreaterThan(100);
  expect(noise.labels.same).toBe(noise.labels.pairs);
  expect(statuses).toEqual([{ stable: "2xx", candidate: "2xx", pairs: 400 }]);
  expect(matrix.filter(({ stable, candidate }) => stable !== candidate)).toEqual([]);
  expect(shapes).toEqual([]);
  expect(now.counts.latencies.pairs).toBe(noise.labels.pairs);
  expect(now.kept).toEqual([]);
});

test("changed labels, a shifted number and a new field are found", async () => {
  await Promise.all([startStable(), startCandidate({ CHANGED: "0.02", SHIFT: "0.75", REASON: "1" })]);
  await startShadow({ keep: 5, keepUntil: Date.now() + 60_000 });
  await live(1000);
  const now = await settled(1000);
  expectSum(now, 1000);
  const { labels, answers, matrix, numbers, shapes, distributions } = now.counts;
  expect(labels).toEqual({ pairs: 1000, same: 980 });
  expect(answers).toEqual({ pairs: 1000, same: 0 });
  const moved = matrix.filter(({ stable, candidate }) => stable !== candidate);
  expect(moved.reduce((sum, { values }) => sum + values, 0)).toBe(20);
  const { values, beyond, sum, maximum } = numbers.find(({ path }) => path === "degrees")!;
  expect([values, beyond]).toEqual([1000, 1000]);
  expect(sum / values).toBeCloseTo(0.75, 6);
  expect(maximum).toBeCloseTo(0.75, 6);
  expect(shapes).toEqual([{ path: "reason", what: "extra", pairs: 1000 }]);
  expect(distributions).toMatchObject([{ path: "probabilities", values: 1000 }]);
  expect(now.kept).toHaveLength(5);
  expect(now.kept.every(({ stable, candidate }) => stable.text !== candidate.text)).toBe(true);
});

test.each([
  ["an error", { BROKEN: "500" }, "5xx"],
  ["no answer in time", { SLOW: "5000" }, "timeout"],
])("a candidate that gives %s is in the matrix of statuses", async (_what, env, expected) => {
  await Promise.all([startStable(), startCandidate(env)]);
  await startShadow({ timeoutMs: 300 });
  expect(new Set(await live(30))).toEqual(new Set([200]));
  const now = await settled(30);
  expectSum(now, 30);
  expect(now.counts.statuses).toEqual([{ stable: "2xx", candidate: expected, pairs: 30 }]);
  expect(now.counts.labels).toEqual({ pairs: 30, same: 0 });
});

test("a candidate that does not run, and comes back", async () => {
  await startStable();
  await startShadow();
  await live(50);
  expectSum(await settled(50), 50);
  await startCandidate();
  await live(50);
  const now = await settled(100);
  expectSum(now, 100);
  expect(new Map(now.counts.statuses.map(({ candidate, pairs }) => [candidate, pairs]))).toEqual(
    new Map([
      ["unreachable", 50],
      ["2xx", 50],
    ]),
  );
});

test("another version than the wanted one is not compared", async () => {
  await Promise.all([startStable(), startCandidate({ WORKER_VERSION: "333333333333" })]);
  await startShadow();
  await live(20);
  const now = await settled(20);
  expectSum(now, 20);
  expect([now.counts.compared, now.counts.skipped.version]).toEqual([0, 20]);
});

test("a stopped shadow process costs live requests nothing, and what it missed is counted", async () => {
  await Promise.all([startStable(), startCandidate()]);
  const shadow = await startShadow();
  await live(100);
  await settled(100);
  shadow.kill("SIGSTOP");
  const statuses = await live(3000); // more than a worker keeps
  shadow.kill("SIGCONT");
  expect(new Set(statuses)).toEqual(new Set([200]));
  const now = await settled(3100);
  expectSum(now, 3100);
  expect(now.counts.dropped.forgotten).toBeGreaterThan(1000);
}, 30_000);

test("a restarted worker begins again", async () => {
  const stable = await startStable();
  await startCandidate();
  await startShadow();
  await live(100);
  await settled(100);
  stable.kill("SIGKILL");
  await stable.exited;
  await startStable();
  await live(40);
  expectSum(await settled(140), 140);
});

const sampled = (path: string, init: RequestInit = {}) =>
  fetch(`http://127.0.0.1:${ports.stable}${path}`, {
    ...init,
    headers: { [MARK_HEADER]: markOf(KEY), "content-type": "application/json" },
  });

test("a version agrees with itself on HEAD, on odd bytes and on members named next", async () => {
  const folder = mkdtempSync(join(tmpdir(), "shadow-"));
  await Promise.all([startStable(), startCandidate({ WORKER_VERSION: CANDIDATE })]);
  await startShadow({ noise: 1 });
  for (const [name, bytes] of [
    ["mark.txt", Buffer.from("\ufeffa byte order mark")],
    ["odd.txt", Buffer.from([0xff, 0xfe, 0x41, 0x00])],
    ["large.txt", Buffer.alloc(100_000_000, "x")],
  ] as const) {
    writeFileSync(join(folder, name), bytes);
    await (await sampled(`/weather/file?path=${join(folder, name)}`)).bytes();
  }
  await sampled("/weather/next", { method: "HEAD" });
  await sampled("/weather/next");
  const { counts } = await settled(5);
  rmSync(folder, { recursive: true });
  expect([counts.compared, counts.skipped.type]).toEqual([3, 2]); // odd and large are not compared
  expect([counts.answers.same, counts.noise.answers]).toEqual([3, { pairs: 3, same: 3 }]);
});

test("a large file of the sample is not read into the worker", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "shadow-")), "large.txt");
  writeFileSync(file, Buffer.alloc(200_000_000, "x"));
  const stable = await startStable();
  await (await sampled(`/weather/file?path=${file}`)).body?.pipeTo(new WritableStream());
  await (await sampled("/weather/next")).text();
  rmSync(dirname(file), { recursive: true });
  expect(await memory(stable)).toBeLessThan(180);
});

test("a full queue of long texts, also of two bytes a character, needs less than 96 MB", async () => {
  await Promise.all([startStable(), startCandidate({ SLOW: "5000" })]);
  const shadow = await startShadow({ timeoutMs: 10_000 });
  const body = JSON.stringify({ text: "中".repeat(20_000) });
  const isFull = async () => (await report()).counts.dropped.queue > 0;
  for (let i = 0; i < 1000 && (i % 20 > 0 || !(await isFull())); i++)
    await (await sampled("/weather/echo", { method: "POST", body })).bytes();
  expect((await report()).counts.dropped.queue).toBeGreaterThan(0);
  expect(await memory(shadow)).toBeLessThan(96);
}, 60_000);

test("texts of clients are in no metric", async () => {
  await Promise.all([startStable(), startCandidate()]);
  await startShadow({ noise: 1 });
  await sampled("/weather/words", { method: "POST", body: JSON.stringify({ text: "topsecret words" }) });
  await live(10);
  const { counts } = await settled(11);
  expect(counts.matrix.some(({ stable }) => stable === "topsecret")).toBe(true);
  expect(counts.numbers.some(({ path }) => path === "counts.topsecret")).toBe(true);
  const metrics = await (await fetch(`http://127.0.0.1:${ports.shadow}/metrics`)).text();
  expect(metrics).not.toContain("topsecret");
  expect(metrics).toContain('shadow_labels_total{path="first",stable="(others)",candidate="(others)"');
  expect(metrics).toContain('shadow_labels_total{path="label",stable="cold",candidate="cold"');
});

test("a live version that is restarted does not disagree with itself", async () => {
  const [stable] = await Promise.all([startStable(), startCandidate({ SLOW: "1500" })]);
  await startShadow({ noise: 1 });
  await live(8);
  await Bun.sleep(700); // they wait for the candidate, or were compared with the live version already
  stable.kill("SIGKILL");
  const { counts } = await settled(8);
  expect(counts.noise.answers.same).toBe(counts.noise.answers.pairs);
});

test("an answer without an end is not kept; one that the candidate gives is not read to its end", async () => {
  await Promise.all([startStable(), startCandidate()]);
  await startShadow({ timeoutMs: 500 });
  const headers = { [MARK_HEADER]: markOf(KEY) };
  const own = await fetch(`http://127.0.0.1:${ports.stable}/weather/own`, { headers });
  expect(await own.text()).toBe("own");
  const endless = await fetch(`http://127.0.0.1:${ports.stable}/weather/endless`, { headers });
  const reader = endless.body!.getReader();
  expect((await reader.read()).done).toBe(false);
  expectSum(await settled(2), 2);
  expect((await report()).counts.skipped.type).toBe(2);
  await reader.cancel();
});

test.each([
  ["without an end", "hangs", "timeout"],
  ["of a megabyte", "large", undefined],
])("an answer of the candidate %s", async (_what, kind, status) => {
  await startStable();
  const endless = new ReadableStream({
    async pull(to) {
      await Bun.sleep(1);
      to.enqueue("x");
    },
  });
  const server = Bun.serve({
    port: ports.candidate,
    fetch: ({ url }) =>
      url.endsWith("/openapi.json")
        ? Response.json({ info: { "x-pure": true } })
        : new Response(kind === "large" ? "x".repeat(1e6) : endless, { headers: { "x-version": CANDIDATE } }),
  });
  await startShadow({ timeoutMs: 500 });
  await live(1);
  const { counts } = await settled(1);
  server.stop(true);
  if (status) expect(counts.statuses).toEqual([{ stable: "2xx", candidate: status, pairs: 1 }]);
  else expect(counts.skipped.large).toBe(1);
});

test.each([
  ["compressed", { "content-encoding": "gzip", "x-version": CANDIDATE }, "type"],
  ["of another program", {}, "version"],
] as const)("an answer that is %s is not compared", async (_what, headers, reason) => {
  await startStable();
  const bomb = Bun.gzipSync(new Uint8Array(64 * 1024 * 1024));
  const server = Bun.serve({
    port: ports.candidate,
    fetch: ({ url }) =>
      url.endsWith("/openapi.json")
        ? Response.json({ info: { "x-pure": true } })
        : new Response(bomb, { headers: { "content-type": "application/json", ...headers } }),
  });
  const shadow = await startShadow();
  await live(4);
  const { counts } = await settled(4);
  server.stop(true);
  expect(counts.skipped[reason]).toBe(4);
  expect(await memory(shadow)).toBeLessThan(96);
});

/** The most that a process had, in MB. */
async function memory({ pid }: { pid: number }): Promise<number> {
  const [, kilobytes = ""] = /^VmHWM:\s+(\d+)/m.exec(await Bun.file(`/proc/${pid}/status`).text()) ?? [];
  return Number(kilobytes) / 1024;
}

test("a candidate that is not declared pure is not asked", async () => {
  await startStable();
  await startCandidate({ IMPURE: "1" });
  await startShadow();
  await live(20);
  const now = await settled(20);
  expect([now.counts.skipped.impure, now.impure]).toEqual([20, ["weather"]]);
  const asked = await (await fetch(`http://127.0.0.1:${ports.candidate}/metrics`)).text();
  expect(asked).not.toContain('route="/weather"');
});

test("after the end of a preview it is not asked any more", async () => {
  await Promise.all([startStable(), startCandidate()]);
  await startShadow({ until: Date.now() - 1 });
  await live(20);
  expect((await settled(20)).counts.skipped.version).toBe(20);
});

test("the report is for the key alone", async () => {
  await Promise.all([startStable(), startCandidate()]);
  await startShadow();
  const others = [
    "",
    KEY,
    markOf(KEY),
    pass(newKey(), ports.shadow, "/report"),
    pass(KEY, ports.stable, "/report"),
    pass(KEY, ports.shadow, "/shadow-pairs"),
    pass(KEY, ports.shadow, "/report", Date.now() - 11_000),
  ];
  for (const headers of [{}, ...others.map((one) => ({ [PASS_HEADER]: one }))])
    expect((await fetch(`http://127.0.0.1:${ports.shadow}/report`, { headers })).status).toBe(404);
});

test("who asks for the report of a process that hangs gets an error", async () => {
  const hangs = Bun.listen({ hostname: "127.0.0.1", port: ports.shadow, socket: { data() {} } });
  const asking = Bun.spawn([process.execPath, resolve(import.meta.dir, "..", FILE), "--shadow-report"], {
    env: { ...process.env, PORT: String(ports.shadow), SHADOW: JSON.stringify({ key: KEY }) },
    stderr: "pipe",
  });
  started.push(asking);
  expect([await asking.exited, await asking.stderr.text()]).toEqual([1, "The operation timed out.\n"]);
  hangs.stop(true);
}, 60_000);

test("its metrics are those of the report", async () => {
  await Promise.all([startStable(), startCandidate({ CHANGED: "0.1" })]);
  await startShadow({ noise: 1 });
  await live(100);
  const { counts } = await settled(100);
  const metrics = await (await fetch(`http://127.0.0.1:${ports.shadow}/metrics`)).text();
  const value = (start: string) =>
    Number(
      metrics
        .split("\n")
        .find((line) => line.startsWith(start))
        ?.split(" ")
        .at(-1),
    );
  expect(value("shadow_received_total")).toBe(100);
  expect(value("shadow_compared_total")).toBe(100);
  expect(value('shadow_same_total{against="candidate",what="label"')).toBe(counts.labels.same);
  expect(value('shadow_pairs_total{against="stable",what="label"')).toBe(100);
  expect(value('shadow_statuses_total{stable="2xx",candidate="2xx"')).toBe(100);
  expect(metrics).toContain('worker="weather.shadow"');
});
