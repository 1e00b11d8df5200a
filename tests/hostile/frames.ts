// The part of HTTP/2 (RFC 9113) and HPACK (RFC 7541) needed to write invalid frames, which libraries refuse.
const [HEADERS, RST_STREAM, GOAWAY] = [1, 3, 7];
/** Statuses of HPACK's static table, by their index. */
const STATIC_STATUS: Record<number, number> = { 8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500 };
const STATUS_NAME = 8;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export const SETTINGS = frame(4, 0, 0);

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** Header fields as literals without indexing and without Huffman coding. */
export function fields(list: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat(list.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** HEADERS that end the header block and, unless a body follows, the stream. */
export function headers(stream: number, list: readonly (readonly [string, string])[], body = false): Buffer {
  return frame(HEADERS, body ? 4 : 5, stream, fields(list));
}

function status(block: Buffer): number | undefined {
  let at = 0;
  while (at < block.length && (block[at]! & 0xe0) === 0x20) {
    const long = (block[at]! & 0x1f) === 0x1f; // a table size update; its integer may span bytes
    at++;
    while (long && (block[at++]! & 0x80) !== 0);
  }
  const first = block[at] ?? 0;
  if (first & 0x80) return STATIC_STATUS[first & 0x7f];
  const literal = (first & 0x40 ? first & 0x3f : first & 0x0f) === STATUS_NAME;
  return literal ? Number(block.subarray(at + 2, at + 5).toString("latin1")) : undefined;
}

function* framesOf(received: Buffer): Generator<{ type: number; payload: Buffer }> {
  for (let at = 0; at + 9 <= received.length; ) {
    const length = received.readUIntBE(at, 3);
    yield { type: received[at + 3]!, payload: received.subarray(at + 9, at + 9 + length) };
    at += 9 + length;
  }
}

/** The status of each HEADERS frame in what a server sent. */
export function statusesOf(received: Buffer): number[] {
  return [...framesOf(received)]
    .filter(({ type }) => type === HEADERS)
    .map(({ payload }) => status(payload))
    .filter((value) => value !== undefined);
}

/** Whether the server ended a stream or the connection. */
export function resets(received: Buffer): boolean {
  return [...framesOf(received)].some(({ type }) => type === RST_STREAM || type === GOAWAY);
}
