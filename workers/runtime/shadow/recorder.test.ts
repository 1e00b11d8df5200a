// What a worker keeps of a shadow's sample, and to whom it gives it.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { freePort, killSpawned, post, ready, spawnWorker } from "../spawned.ts";
import { MARK_HEADER, markOf, newKey, PAIRS_PATH, PASS_HEADER, pass } from "./contract.ts";
import type { Batch } from "./pair.ts";
import { Recorder } from "./recorder.ts";

const KEY = newKey();
const MARK = markOf(KEY);
const port = freePort();

beforeAll(async () => {
  spawnWorker(port);
  await ready(port);
});
afterAll(killSpawned);

const withPass = (given: string, query = "") =>
  fetch(`http://127.0.0.1:${port}${PAIRS_PATH}${query}`, { headers: { [PASS_HEADER]: given } });
const take = (query = "") => withPass(pass(KEY, port, `${PAIRS_PATH}${query}`), query);

function send(body: string, headers: Record<string, string> = {}, path = "/echo") {
  return fetch(`http://127.0.0.1:${port}${path}?a=b%20c`, {
    method: "POST",
    headers: { "content-type": "application/json", [MARK_HEADER]: MARK, "x-version": "", ...headers },
    body,
  });
}

/** All pairs that wait; they are then taken. */
async function pairs() {
  const { pairs, process, newest } = (await (await take()).json()) as Batch;
  await take(`?process=${process}&after=${newest}`);
  return pairs;
}

test("a request of the sample is kept with its answer, and without what only the gateway uses", async () => {
  await send('{ "text": "déjà" }', { "x-authenticated-user": "alice", "x-request-id": "r1" });
  await post(port, "/echo", '{"text":"not of the sample"}');
  const [pair, ...others] = await pairs();
  expect(others).toEqual([]);
  expect(pair).toMatchObject({
    method: "POST",
    target: "/echo?a=b%20c",
    route: "/echo",
    body: '{ "text": "déjà" }',
    status: 200,
    type: expect.stringContaining("application/json"),
    answer: '{"characters":4}',
  });
  const { headers = {}, ms = -1 } = pair ?? {};
  expect(headers).toMatchObject({ "x-authenticated-user": "alice", "x-request-id": "r1" });
  for (const name of [MARK_HEADER, "x-version", "host", "content-length"])
    expect(headers).not.toHaveProperty(name);
  expect(ms).toBeGreaterThan(0);
});

test("answers with an error are kept with the body as it was sent", async () => {
  for (const [body, status] of [
    ['{"text":""}', 422],
    ['{"text":', 400],
    [`{"text":"${"x".repeat(6000)}"}`, 422],
  ] as const) {
    expect((await send(body)).status).toBe(status);
    expect(await pairs()).toMatchObject([{ body, status, type: "application/problem+json" }]);
  }
  await send("{}", {}, "/nothing");
  expect(await pairs()).toMatchObject([{ unpaired: "body", route: "", status: 404 }]); // nothing read the body
});

test("what cannot be asked again is counted, without its texts", async () => {
  await send("a=b", { "content-type": "application/x-www-form-urlencoded" });
  const texts = Array.from({ length: 20 }, () => "x".repeat(4900));
  await send(JSON.stringify({ texts }), {}, "/echo/batch");
  const kept = await pairs();
  expect(kept.map(({ unpaired }) => unpaired)).toEqual(["body", "large"]);
  for (const { headers, target, answer, body } of kept)
    expect([headers, target, answer, body]).toEqual([{}, "", "", undefined]);
});

test("only a pass of the mark's key for this port, request and time takes pairs", async () => {
  await send('{"text":"secret"}');
  for (const given of [
    "",
    "x",
    KEY,
    MARK,
    `${MARK}.${Date.now()}.${"A".repeat(86)}`,
    pass(newKey(), port, PAIRS_PATH),
    pass(KEY, port + 1, PAIRS_PATH),
    pass(KEY, port, `${PAIRS_PATH}?after=1`),
    pass(KEY, port, PAIRS_PATH, Date.now() - 11_000),
  ]) {
    const answer = await withPass(given);
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("secret");
  }
  expect(await pairs()).toHaveLength(1);
});

test("a pair is given again until its number is confirmed, and only to its process", async () => {
  await send('{"text":"one"}');
  await send('{"text":"two"}');
  const { process, pairs: first } = (await (await take()).json()) as Batch;
  const [one, two] = first.map(({ number }) => number);
  const numbers = async (query: string) =>
    ((await (await take(query)).json()) as Batch).pairs.map(({ number }) => number);
  expect(await numbers(`?process=other&after=${two}`)).toEqual([one!, two!]);
  expect(await numbers(`?process=${process}&after=${one}`)).toEqual([two!]);
  expect(await numbers(`?process=${process}&after=${two}`)).toEqual([]);
});

test("an invalid mark is no sample", async () => {
  for (const mark of ["", "1", `${MARK}=`, MARK.slice(1)])
    await send('{"text":"x"}', { [MARK_HEADER]: mark });
  expect(await pairs()).toEqual([]);
});

/** Fills a recorder with `count` answers. */
async function filled(bounds: ConstructorParameters<typeof Recorder>[1], count: number, mark = MARK) {
  const recorder = new Recorder("dev", bounds);
  for (let i = 0; i < count; i++) {
    const request = new Request("http://worker/x");
    recorder.record({ mark }, { request, startedAt: performance.now() }, Response.json({ i }));
  }
  await Bun.sleep(50);
  return recorder;
}
const taken = (recorder: Recorder, mark = MARK) =>
  JSON.parse(recorder.take(mark, "", 0) ?? "null") as Batch | null;

test("the oldest pairs are forgotten beyond a number, a size and a time", async () => {
  const last = async (bounds: ConstructorParameters<typeof Recorder>[1]) => {
    const batch = taken(await filled(bounds, 10));
    return [batch?.newest, batch?.pairs[0]?.number, batch?.pairs.length];
  };
  expect(await last({})).toEqual([10, 1, 10]);
  expect(await last({ pairs: 3 })).toEqual([10, 8, 3]);
  expect(await last({ all: 400 })).toEqual([10, 9, 2]);
  expect(await last({ batch: 400 })).toEqual([10, 1, 2]);
  const recorder = await filled({ age: 10 }, 10);
  await Bun.sleep(1200);
  expect(taken(recorder)).toMatchObject({ newest: 10, pairs: [] });
});

test("marks have pairs of their own, and one that nobody takes pairs of pushes out no other", async () => {
  const recorder = await filled({}, 3);
  expect(taken(recorder)?.pairs).toHaveLength(3);
  const request = new Request("http://worker/x");
  for (let i = 0; i < 10; i++)
    recorder.record({ mark: markOf(newKey()) }, { request, startedAt: 0 }, Response.json({}));
  recorder.record({ mark: MARK }, { request, startedAt: 0 }, Response.json({}));
  await Bun.sleep(50);
  expect(taken(recorder)).toMatchObject({ taken: 0, newest: 4 });
});

test("another shadow process receives what none has taken", async () => {
  const recorder = await filled({ pairs: 6 }, 10);
  const { process = "" } = taken(recorder) ?? {};
  recorder.take(MARK, process, 7);
  expect(taken(recorder)).toMatchObject({ process, taken: 7, newest: 10, pairs: [{ number: 8 }, {}, {}] });
});

test("what cannot be kept is counted, and the worker goes on", async () => {
  const recorder = new Recorder("dev");
  const gone = Bun.file("/tmp/there-is-no-such-file.json");
  const context = { startedAt: 0 };
  const odd = { method: "GET", headers: new Headers(), url: "http://%zz/x?y", body: null };
  recorder.record({ mark: MARK }, { ...context, request: odd }, Response.json({}));
  recorder.record({ mark: MARK }, { ...context, request: new Request("http://x/") }, new Response(gone));
  await Bun.sleep(50);
  expect(taken(recorder)?.pairs).toMatchObject([{ target: "/x?y" }, { unpaired: "failed" }]);
});

test("a host that is no URL's ends no worker", async () => {
  const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  socket.write(`GET /livez HTTP/1.1\r\nHost: %zz\r\n${MARK_HEADER}: ${MARK}\r\nConnection: close\r\n\r\n`);
  await Bun.sleep(200);
  expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
  expect(await pairs()).toMatchObject([{ target: "/livez" }]);
});
