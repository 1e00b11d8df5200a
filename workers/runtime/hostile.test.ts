import { afterEach, expect, test } from "bun:test";
import { freePort, killSpawned, post, ready, spawnWorker } from "./spawned.ts";

/** MiB. The limit of a replica's container in compose.yaml. */
const MEMORY = 192;
const SIZE = 1_000_000;
const ROUNDS = 4;

const nested = (open: string, close: string) => {
  const depth = SIZE / (open.length + close.length);
  return open.repeat(depth) + close.repeat(depth);
};
const wide = (part: string) => `{"texts":[${Array(Math.floor(SIZE / (part.length + 1))).fill(part)}]}`;
const each = (count: number, one: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => one(i)).join();
const keys = (count: number) => each(count, (i) => `"k${i}":1`);
const BODIES: [string, number, string][] = [
  ["unclosed arrays", 400, "[".repeat(SIZE)],
  ["nested arrays", 400, nested("[", "]")],
  ["nested objects", 400, nested('{"a":', "}").replace(":}", ":1}")],
  ["nested arrays and objects", 400, nested('{"a":[', "]}")],
  ["nested arrays in a valid field", 400, `{"texts":[${nested("[", "]")}]}`],
  ["many arrays of 60 levels", 400, wide("[".repeat(60) + "]".repeat(60))],
  ["wide arrays", 400, wide("[]")],
  ["wide objects", 400, wide("{}")],
  ["wide numbers", 400, wide("1")],
  ["wide strings", 400, `{"texts":[${each(110_000, (i) => `"s${i}"`)}]}`],
  ["wide keys", 400, `{${keys(80_000)}}`],
  ["wide keys in a field", 400, `{"texts":[{${keys(80_000)}}]}`],
  ["numeric member names, each an array of that length", 400, wide('{"999":0}')],
  ["escaped numeric member names", 400, wide('{"\\u0039\\u00399" : 0}')],
  ["the allowed number of numeric names", 422, `{"texts":[${each(1_024, () => '{"9997":0}')}]}`],
  ["the allowed number of objects", 422, `{"texts":[${each(32_000, (i) => `{"k${i}":1}`)}]}`],
  ["the allowed number of strings", 422, `{"texts":[${each(32_000, (i) => `"s${i}"`)}]}`],
  ["the allowed number of keys", 422, `{"texts":[{${keys(32_000)}}]}`],
  ["a string for an array", 422, JSON.stringify({ texts: "a".repeat(SIZE) })],
  ["a long string", 422, JSON.stringify({ texts: ["a".repeat(SIZE)] })],
];

afterEach(killSpawned);

test("hostile bodies are refused within a replica's memory limit, and a valid client gets answers", async () => {
  const port = freePort();
  spawnWorker(port, { NODE_ENV: "production" });
  await ready(port);
  const memory = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^process_resident_memory_bytes\{.*\} (\S+)$/m.exec(metrics)?.[1]) / 1024 ** 2;
  };
  const wrong: string[] = [];
  let peak = 0;
  let hostile = true;
  const good: number[] = [];
  const goodClient = async () => {
    while (hostile) {
      good.push((await post(port, "/echo", '{"text":"Hello, world"}')).status);
      await Bun.sleep(20);
    }
  };
  const client = goodClient();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, status, body] of BODIES) {
      const [answer] = await Promise.all([post(port, "/echo/batch", body), Bun.sleep(100)]);
      if (answer.status !== status) wrong.push(`${name}: ${answer.status}`);
      peak = Math.max(peak, await memory());
    }
  }
  hostile = false;
  await client;
  expect(wrong).toEqual([]);
  expect(new Set(good)).toEqual(new Set([200]));
  expect(peak).toBeLessThan(MEMORY);
}, 120_000);
