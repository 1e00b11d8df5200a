// A name server for nginx versions that resolve workers: A records from a table.

/** A question's name and where it ends in the packet (RFC 1035, 4.1.2). */
function question(packet: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = packet[at++] ?? 0; size > 0; size = packet[at++] ?? 0) {
    labels.push(packet.subarray(at, at + size).toString("latin1"));
    at += size;
  }
  return { name: labels.join("."), end: at + 4 };
}

function answer(packet: Buffer, table: ReadonlyMap<string, readonly string[]>): Buffer {
  const { name, end } = question(packet);
  const addresses = table.get(name);
  const head = Buffer.from(packet.subarray(0, 12));
  head.writeUInt16BE(addresses ? 0x8180 : 0x8183, 2); // recursion available; NXDOMAIN
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses?.length ?? 0, 6);
  head.writeUInt32BE(0, 8);
  const records = (addresses ?? []).map((address) => {
    const record = Buffer.from("c00c00010001000000010004", "hex"); // the name again, A, IN, one second, four bytes
    return Buffer.concat([record, Buffer.from(address.split(".").map(Number))]);
  });
  return Buffer.concat([head, packet.subarray(12, end), ...records]);
}

/** Listens on a free port of 127.0.0.1. */
export async function nameServer(
  table: ReadonlyMap<string, readonly string[]>,
): Promise<{ port: number; close(): void }> {
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data: (own, packet, port, address) => void own.send(answer(packet, table), port, address),
    },
  });
  return { port: socket.port, close: () => socket.close() };
}
