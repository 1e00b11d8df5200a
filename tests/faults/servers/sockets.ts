// Sockets that are bound without listening, or listen without accepting.
import { dlopen, ptr } from "bun:ffi";
import type { Address } from "../types.ts";

const { symbols: libc } = dlopen("libc.so.6", {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
});
const [AF_UNIX, AF_INET, SOCK_STREAM, SOCK_NONBLOCK, SOL_SOCKET, SO_REUSEADDR] = [1, 2, 1, 2048, 1, 2];
const FILLERS = 4; // a backlog of 0 holds one connection

/** struct sockaddr_un or sockaddr_in, see unix(7) and ip(7). */
function sockaddr(address: Address): Buffer {
  if (typeof address === "string") {
    const bytes = Buffer.alloc(110);
    bytes.writeUInt16LE(AF_UNIX, 0);
    bytes.write(address, 2);
    return bytes;
  }
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(AF_INET, 0);
  bytes.writeUInt16BE(address.port, 2);
  bytes.set(address.host.split(".").map(Number), 4);
  return bytes;
}

function open(address: Address): number {
  const family = typeof address === "string" ? AF_UNIX : AF_INET;
  return libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
}

/** Binds and, if `listening`, fills the backlog. @returns a function that closes it. @throws Error if it cannot bind. */
export function unresponsiveSocket(address: Address, listening: boolean): () => void {
  const [bytes, server] = [sockaddr(address), open(address)];
  const all = [server];
  libc.setsockopt(server, SOL_SOCKET, SO_REUSEADDR, ptr(new Int32Array([1])), 4);
  if (libc.bind(server, ptr(bytes), bytes.length) !== 0)
    throw new Error(`cannot bind ${JSON.stringify(address)}`);
  if (listening) {
    libc.listen(server, 0);
    for (let i = 0; i < FILLERS; i++) {
      const filler = open(address);
      libc.connect(filler, ptr(bytes), bytes.length);
      all.push(filler);
    }
  }
  return () => {
    for (const socket of all) libc.close(socket);
  };
}
