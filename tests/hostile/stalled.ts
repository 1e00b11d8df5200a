// Large bodies that stop half-way: a user holds few of them, from all addresses together, and strangers without
// credentials none. tests/hostile/stalled.ts [connections]; prints one line of JSON.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { setting } from "../../ops/settings/project.ts";
import { attack } from "./connection.ts";
import { writer } from "./requests.ts";
import { target } from "./target.ts";
import type { Outcome } from "./types.ts";

const COUNT = Number(process.argv[2] ?? 40);
const ALLOWED = 16; // gateway/routes/predict.conf.template
const REFUSED = setting("RATE_LIMIT_STATUS");
const PACE_MS = 110; // within the limit of requests, so that it never answers instead
const BODY_TIMEOUT_MS = 10_000; // client_body_timeout in conf.d/20-limits.conf
const { framed, post } = writer(target);

/** Bytes that the gateway's worker processes hold of their own; 0 in containers. */
function gatewayMemory(): number {
  const pidFile = join(GATEWAY_DIR, "nginx.pid");
  if (!existsSync(pidFile)) return 0;
  const { stdout } = Bun.spawnSync(["pgrep", "-P", readFileSync(pidFile, "utf8").trim()]);
  return stdout
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((pid) => /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1])
    .reduce((sum, kilobytes) => sum + Number(kilobytes ?? 0) * 1024, 0);
}

interface Stall {
  socket: TLSSocket;
  /** What it was answered with, 0 while it is held. */
  status(): number;
}

/** Sends headers of a body of 1 MB and a part of it. */
function stall(localAddress: string, head = "", rest = "[".repeat(100_000)): Stall {
  let received = "";
  const { host, port, ca, name: servername } = target;
  const request = framed("Content-Length: 1000000\r\n", rest, "/echo/batch");
  const socket = connect({ host, port, ca, servername, localAddress } as never, () => {
    socket.write(head === "" ? request : request.replace(/^Authorization: .*\r\n/m, head));
  });
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
  });
  socket.on("error", () => undefined);
  return { socket, status: () => Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0) };
}

/** How many are neither answered nor closed. A slow refusal is waited for, but not until a body is given up. */
async function heldOf(stalls: Stall[], allowed: number, since: number): Promise<number> {
  const held = () => stalls.filter(({ socket, status }) => !socket.destroyed && status() === 0).length;
  while (held() > allowed && performance.now() < since + 0.8 * BODY_TIMEOUT_MS) await Bun.sleep(50);
  return held();
}

function batch(from: string): Promise<Outcome> {
  const send = [post('{"texts":["Hello, world"]}', { path: "/echo/batch" })];
  return attack({ ...target, from }, { name: "a batch", send, patience: 5000 });
}

// A refused request is read on for up to 30 s as long as something comes: it must hold no place meanwhile.
const strangers: Stall[] = [];
const strangersSince = performance.now();
for (let i = 0; i < 16; i++) {
  for (const last of [1, 2, 3, 4]) strangers.push(stall(`127.0.10.${last}`, "X-Nobody: 1\r\n", "{"));
  await Bun.sleep(PACE_MS);
}
await heldOf(strangers, 0, strangersSince);
const beside = await batch("127.0.4.3");
const refusedStrangers = strangers.filter(({ status }) => status() === 401).length;
for (const { socket } of strangers) socket.destroy();

const before = gatewayMemory();
const held: Stall[] = [];
const since = performance.now();
for (let i = 0; i < COUNT; i++) {
  held.push(stall("127.0.4.1"));
  await Bun.sleep(PACE_MS);
}
const waiting = await heldOf(held, ALLOWED, since);
const refused = held.filter(({ status }) => `${status()}` === REFUSED).length;
const givenUp = held.filter(
  ({ socket, status }) => status() === 408 || (socket.destroyed && status() === 0),
).length;
const memory = gatewayMemory() - before;
const meanwhile = (await batch("127.0.4.2")).statuses.join();
for (const { socket } of held) socket.destroy();
let afterwards = "";
for (let i = 0; i < 20 && afterwards !== "200"; i++)
  afterwards = (await batch(`127.0.5.${i + 1}`)).statuses.join();
const result = {
  stalled: COUNT,
  waiting,
  refused,
  given_up: givenUp,
  memory_bytes: memory,
  meanwhile,
  afterwards,
};
console.log(JSON.stringify({ ...result, strangers: refusedStrangers, beside_strangers: beside.statuses }));
const counted = waiting + refused + givenUp === COUNT && waiting <= ALLOWED && givenUp <= ALLOWED;
const places = (meanwhile === REFUSED || givenUp > 0) && afterwards === "200";
process.exit(counted && places && refusedStrangers === 64 && beside.statuses.join() === "200" ? 0 : 1);
