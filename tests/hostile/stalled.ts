// Large bodies that stop half-way: one address may hold few of them, and another's batch is answered meanwhile.
// tests/hostile/stalled.ts [connections]; prints one line of JSON.
import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import { setting } from "../../ops/lib/compose.ts";
import { attack } from "./connection.ts";
import { writer } from "./requests.ts";
import { target } from "./target.ts";

const COUNT = Number(process.argv[2] ?? 90);
const ALLOWED = 16; // snippets/large-bodies.conf
const PACE_MS = 110; // within the limit of requests, so that it never answers instead
const { framed, post } = writer(target);

/** Bytes that nginx' worker processes hold of their own. */
function gatewayMemory(): number {
  const { stdout } = Bun.spawnSync(["pgrep", "-f", "nginx: worker process"]);
  return stdout
    .toString()
    .split("\n")
    .filter(Boolean)
    .map((pid) => /^Private_Dirty:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1])
    .reduce((sum, kilobytes) => sum + Number(kilobytes ?? 0) * 1024, 0);
}

/** Sends headers of a body of 1 MB and a part of it. @returns the status it was answered with, 0 while it is held. */
function stall(): { socket: TLSSocket; status: () => number } {
  let received = "";
  const { host, port, ca, name: servername } = target;
  const socket = connect({ host, port, ca, servername, localAddress: "127.0.4.1" } as never, () => {
    socket.write(framed("Content-Length: 1000000\r\n", "[".repeat(100_000), "/predict/batch"));
  });
  socket.on("data", (data: Buffer) => {
    received += data.toString("latin1");
  });
  socket.on("error", () => undefined);
  return { socket, status: () => Number(/^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? 0) };
}

const before = gatewayMemory();
const held: ReturnType<typeof stall>[] = [];
for (let i = 0; i < COUNT; i++) {
  held.push(stall());
  await Bun.sleep(PACE_MS);
}
await Bun.sleep(500);
const waiting = held.filter(({ status }) => status() === 0).length;
const refused = held.filter(({ status }) => status() === Number(setting("RATE_LIMIT_STATUS"))).length;
const memory = gatewayMemory() - before;
const good = await attack(
  { ...target, from: "127.0.4.2" },
  {
    name: "a batch",
    send: [post('{"sentences":["I love this"]}', { path: "/predict/batch" })],
    patience: 5000,
  },
);
for (const { socket } of held) socket.destroy();
console.log(JSON.stringify({ stalled: COUNT, waiting, refused, memory_bytes: memory, good: good.statuses }));
process.exit(waiting <= ALLOWED && refused >= COUNT - ALLOWED - 20 && good.statuses.join() === "200" ? 0 : 1);
