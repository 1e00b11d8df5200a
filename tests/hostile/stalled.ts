// Large bodies that stop half-way: one address may hold few of them, strangers without credentials none, and another's
// batch is answered meanwhile. tests/hostile/stalled.ts [connections]; prints one line of JSON.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { setting } from "../../ops/lib/compose.ts";
import { GATEWAY_DIR } from "../../ops/native/paths.ts";
import { attack } from "./connection.ts";
import { writer } from "./requests.ts";
import { target } from "./target.ts";
import type { Outcome } from "./types.ts";

const COUNT = Number(process.argv[2] ?? 90);
const ALLOWED = 16; // snippets/large-body-limits.conf
const PACE_MS = 110; // within the limit of requests, so that it never answers instead
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
  const request = framed("Content-Length: 1000000\r\n", rest, "/predict/batch");
  const socket = connect({ host, port, ca, servername, localAddress } as never, () => {
    socket.write(head === "" ? request : request.replace(/^Authorization: .*\r\n/m, head));
  });
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
  });
  socket.on("error", () => undefined);
  return { socket, status: () => Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0) };
}

function batch(from: string): Promise<Outcome> {
  const send = [post('{"sentences":["I love this"]}', { path: "/predict/batch" })];
  return attack({ ...target, from }, { name: "a batch", send, patience: 5000 });
}

// A refused request is read on for up to 30 s as long as something comes: it must hold no place meanwhile.
const strangers: Stall[] = [];
for (let i = 0; i < 16; i++) {
  for (const last of [1, 2, 3, 4]) strangers.push(stall(`127.0.10.${last}`, "X-Nobody: 1\r\n", "{"));
  await Bun.sleep(PACE_MS);
}
await Bun.sleep(500);
const beside = await batch("127.0.4.3");
const refusedStrangers = strangers.filter(({ status }) => status() === 401).length;
for (const { socket } of strangers) socket.destroy();

const before = gatewayMemory();
const held: Stall[] = [];
for (let i = 0; i < COUNT; i++) {
  held.push(stall("127.0.4.1"));
  await Bun.sleep(PACE_MS);
}
await Bun.sleep(500);
const waiting = held.filter(({ status }) => status() === 0).length;
const refused = held.filter(({ status }) => status() === Number(setting("RATE_LIMIT_STATUS"))).length;
const memory = gatewayMemory() - before;
const good = await batch("127.0.4.2");
for (const { socket } of held) socket.destroy();
const result = { stalled: COUNT, waiting, refused, memory_bytes: memory, good: good.statuses };
console.log(JSON.stringify({ ...result, strangers: refusedStrangers, beside_strangers: beside.statuses }));
const answered = [good, beside].every(({ statuses }) => statuses.join() === "200");
process.exit(
  waiting <= ALLOWED && refused >= COUNT - ALLOWED - 20 && refusedStrangers === 64 && answered ? 0 : 1,
);
