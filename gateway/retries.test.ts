// Which failed requests are sent to a worker again. tests/faults has every fault; these are the rules.
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { freePort, listen } from "../tests/contract/private-gateway.ts";
import { as, plainGateway } from "../tests/lib/plain-gateway.ts";

const received: string[] = [];
const sockets = new Set<Socket>();

/** A replica: what it does once it has received a request's headers. */
function replica(then: (socket: Socket) => void): Server {
  return createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      if (!/^[A-Z]+ \//.test(String(data))) return;
      received.push(String(data).split(" ", 1)[0]!);
      then(socket);
    });
  });
}
const reset = replica((socket) => socket.resetAndDestroy());
const good = replica((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"));
const silent = replica(() => undefined);

type Kind = "reset" | "silent" | "absent";
/** method, path's idempotent, what the first three of four replicas do; the status, and how often it was sent. */
const CASES: [method: string, idempotent: boolean, first: Kind, status: number, sent: number][] = [
  ["POST", false, "reset", 502, 1],
  ["PATCH", false, "reset", 502, 1],
  ["POST", false, "silent", 504, 1],
  ["PATCH", false, "silent", 504, 1],
  // nginx makes three attempts; then comes the second round.
  ["GET", false, "reset", 200, 4],
  ["PUT", false, "reset", 200, 4],
  ["DELETE", false, "reset", 200, 4],
  ["POST", true, "reset", 200, 4],
  ["PATCH", true, "reset", 200, 4],
  ["GET", false, "silent", 504, 3],
  ["POST", true, "silent", 504, 3],
  ["POST", false, "absent", 200, 1],
  ["PATCH", false, "absent", 200, 1],
  ["GET", false, "absent", 200, 1],
  ["POST", true, "absent", 200, 1],
];
// A worker for each case: to nginx, no replica has failed before.
const worker = (i: number) => `case-${i}`;

let gateway: Awaited<ReturnType<typeof plainGateway>>;
beforeAll(async () => {
  const ports = { reset: await listen(reset), silent: await listen(silent), absent: await freePort() };
  const last = await listen(good);
  const each = CASES.map(([method, idempotent, first], i) => ({
    routes: [
      `${worker(i)}.yaml`,
      `worker: ${worker(i)}\npaths: { /${worker(i)}: { methods: [${method}], idempotent: ${idempotent}, timeout: 300ms } }`,
    ] as const,
    // The same address three times is three replicas.
    workers: [worker(i), [ports[first], ports[first], ports[first], last]] as const,
  }));
  gateway = await plainGateway({
    routes: Object.fromEntries(each.map(({ routes }) => routes)),
    workers: Object.fromEntries(each.map(({ workers }) => workers)),
    variables: { RATE_LIMIT: "1000r/s", RATE_BURST: "1000" },
  });
});
beforeEach(() => {
  received.length = 0;
});
afterAll(async () => {
  await gateway.stop();
  for (const socket of sockets) socket.destroy();
  for (const server of [reset, silent, good]) server.close();
});

// The attempts of these cannot be made by a replica: `]` ends the list of one variable.
test.each([
  ["[0]", true],
  ["[-]", true],
  ["[120, 0]", true],
  ["[120, 0 : -]", true],
  ["[120]", false],
  ["[0, 120]", false],
])("bytes sent %s: the last replica was sent nothing: %p", (bytes, nothing) => {
  const text = readFileSync(join(import.meta.dir, "templates/conf.d/50-retries.conf.template"), "utf8");
  const [, pattern = "none"] = /"~(\S* \S.*0-.*)" +"";/.exec(text) ?? [];
  for (const statuses of ["[502]", "[-]", "[502, -]", "[502 : 0]"])
    expect(new RegExp(pattern.replace("[^]]", "[^\\]]")).test(`0 ${bytes} ${statuses}`)).toBe(nothing);
});

test.each(CASES.map((each, i) => [...each, i] as const))(
  "%s, idempotent: %p, three of four replicas %s: %d, sent %d times",
  async (method, _idempotent, _first, status, sent, i) => {
    const body = method === "GET" ? {} : { body: "x" };
    const answer = await fetch(`${gateway.url}/${worker(i)}`, { method, headers: as("alice"), ...body });
    expect({ status: answer.status, received }).toEqual({ status, received: Array(sent).fill(method) });
  },
);
