import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { freePort, killSpawned, post, ready, spawnWorker } from "./spawned.ts";

const MIB = 1024 * 1024;
const DEEP = "[".repeat(65) + "]".repeat(65);
const port = freePort();
beforeAll(() => {
  spawnWorker(port);
  return ready(port);
});
afterAll(killSpawned);

/** Sends the headers and the first bytes of a body. */
function begin(lengthHeader: string): { socket: Socket; status: Promise<number> } {
  const socket = connect(port, "127.0.0.1");
  const head = ["POST /echo HTTP/1.1", "host: x", "content-type: application/json", "connection: close"];
  socket.write([...head, lengthHeader, "", ""].join("\r\n"));
  const status = new Promise<number>((resolve) => {
    socket.once("data", (data) => resolve(Number(String(data).split(" ")[1])));
    socket.once("close", () => resolve(0));
  });
  return { socket, status };
}

const ask = () => post(port, "/echo", JSON.stringify({ text: "ok", pad: "a".repeat(20_000) }));

async function until(status: number): Promise<Response> {
  for (let i = 0; i < 250; i++) {
    const answer = await ask();
    if (answer.status === status) return answer;
    await Bun.sleep(20);
  }
  throw new Error(`never answered ${status}`);
}

/** JSON of exactly one MiB. */
function filled(start: string, end: string): string {
  return start + "a".repeat(MIB - start.length - end.length) + end;
}

describe("eight bodies of 1 MiB use up the budget until they end", () => {
  const endings: [string, string, number][] = [
    ["in an answer", filled('{"text":"ok","pad":"', '"}'), 200],
    ["in a syntax error", filled('{"text":"ok","pad":"', '"'), 400],
    ["in a nesting error", filled('{"text":"ok","pad":"', `","deep":${DEEP}}`), 400],
    ["in a schema error", filled('{"text":" ","pad":"', '"}'), 422],
  ];
  for (const [name, body, status] of endings) {
    test(name, async () => {
      const requests = Array.from({ length: 8 }, () => begin(`content-length: ${MIB}`));
      const refused = await until(503);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(await refused.json()).toMatchObject({ status: 503, instance: "/echo" });
      expect((await post(port, "/echo", '{"text":"small"}')).status).toBe(200);
      for (const { socket } of requests) socket.write(body);
      expect(await Promise.all(requests.map((request) => request.status))).toEqual(Array(8).fill(status));
      expect((await ask()).status).toBe(200);
    });
  }

  test("in a disconnect", async () => {
    const requests = Array.from({ length: 8 }, () => begin(`content-length: ${MIB}`));
    for (const { socket } of requests) socket.write('{"text":');
    await until(503);
    for (const { socket } of requests) socket.destroy();
    await until(200);
  });
});

test("a body of unknown length is counted as the largest", async () => {
  const request = begin("transfer-encoding: chunked");
  await until(503);
  request.socket.write('d\r\n{"text":"ok"}\r\n0\r\n\r\n');
  expect(await request.status).toBe(200);
  expect((await ask()).status).toBe(200);
});

for (const size of [0, 1000, 100_000]) {
  test(`nesting and syntax are checked in a body of ${size} characters`, async () => {
    const pad = `{"text":"ok","pad":"${"a".repeat(size)}"`;
    const answers = [`${pad}}`, `${pad},"deep":${DEEP}}`, pad].map((body) => post(port, "/echo", body));
    const [good, deep, broken] = await Promise.all(answers);
    expect([good?.status, deep?.status, broken?.status]).toEqual([200, 400, 400]);
    expect(await deep?.json()).toMatchObject({ detail: "The request body is nested deeper than 64 levels." });
    expect(await broken?.json()).toMatchObject({ detail: "The request body is not valid JSON." });
  });
}
