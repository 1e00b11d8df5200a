// Large bodies that stall half-way: a user may hold few of them, over all addresses, and a client without credentials
// none. stalled.ts [connections]; prints one line of JSON.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { setting } from "../../ops/settings/project.ts";
import { attack } from "./connection.ts";
import { target, writer } from "./requests.ts";
import type { Outcome } from "./types.ts";

const COUNT = Number(process.argv[2] ?? 40);
const ALLOWED = 16; // gateway/locations.ts: 16 MiB in bodies of up to 1 MiB
const REFUSED = setting("RATE_LIMIT_STATUS");
const PACE_MS = 110; // below the rate limit
const BODY_TIMEOUT_MS = 10_000; // client_body_timeout in conf.d/20-limits.conf
const { framed, post } = writer(target);

/** Private memory of the gateway's worker processes, in bytes; 0 in containers. */
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
  /** Status of its answer, 0 while it is held. */
  status(): number;
}

/** Sends the headers of a 1 MB body and a part of it. */
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

/** How many are neither answered nor closed. Waits for slow refusals, but not as long as the body timeout. */
async function heldOf(stalls: Stall[], allowed: number, since: number): Promise<number> {
  const held = () => stalls.filter(({ socket, status }) => !socket.destroyed && status() === 0).length;
  while (held() > allowed && performance.now() < since + 0.8 * BODY_TIMEOUT_MS) await Bun.sleep(50);
  return held();
}

function batch(from: string): Promise<Outcome> {
  const send = [post('{"texts":["Hello, world"]}', { path: "/echo/batch" })];
  return attack({ ...target, from }, { name: "a batch", send, patience: 5000 });
}

// nginx reads a refused request for up to 30 s (lingering_time): it must not count as held.
const anonymous: Stall[] = [];
const anonymousSince = performance.now();
for (let i = 0; i < 16; i++) {
  for (const last of [1, 2, 3, 4]) anonymous.push(stall(`127.0.10.${last}`, "X-Nobody: 1\r\n", "{"));
  await Bun.sleep(PACE_MS);
}
await heldOf(anonymous, 0, anonymousSince);
const beside = await batch("127.0.4.3");
const refusedAnonymous = anonymous.filter(({ status }) => status() === 401).length;
for (const { socket } of anonymous) socket.destroy();

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
console.log(JSON.stringify({ ...result, anonymous: refusedAnonymous, beside_anonymous: beside.statuses }));
const counted = waiting + refused + givenUp === COUNT && waiting <= ALLOWED && givenUp <= ALLOWED;
const places = (meanwhile === REFUSED || givenUp > 0) && afterwards === "200";
process.exit(counted && places && refusedAnonymous === 64 && beside.statuses.join() === "200" ? 0 : 1);
