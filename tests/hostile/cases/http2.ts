import { fields, frame, headers, PREFACE, SETTINGS } from "../frames.ts";
import type { Case, Target } from "../types.ts";

const [DATA, HEADERS, PRIORITY, RST_STREAM, PING, WINDOW_UPDATE, CONTINUATION] = [0, 1, 2, 3, 6, 8, 9];
const u32 = (value: number) => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);
const times = (count: number, make: (i: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

export function http2({ name: authority, authorization }: Target): Case[] {
  const get: [string, string][] = [
    [":method", "GET"],
    [":scheme", "https"],
    [":authority", authority],
    [":path", "/livez"],
  ];
  const post: [string, string][] = [
    [":method", "POST"],
    [":scheme", "https"],
    [":authority", authority],
    [":path", "/echo"],
    ["authorization", authorization],
    ["content-type", "application/json"],
  ];
  const without = (name: string) => get.filter(([key]) => key !== name);
  const body = Buffer.from('{"text":"Hello"}');
  const h2 = (name: string, frames: Uint8Array[], expect: NonNullable<Case["expect"]> = "refused"): Case => ({
    name: `HTTP/2: ${name}`,
    transport: "h2",
    send: [Buffer.concat([PREFACE, SETTINGS, ...frames])],
    expect,
    patience: 5000,
  });
  return [
    h2("a good request", [headers(1, get)], [200]),
    h2("a good answer of a worker", [headers(1, post, true), frame(DATA, 1, 1, body)], [200]),
    h2("no :path", [headers(1, without(":path"))]),
    h2("no :authority", [headers(1, without(":authority"))]),
    h2("no :method", [headers(1, without(":method"))]),
    h2("a path without a slash", [headers(1, [...without(":path"), [":path", "livez"]])]),
    h2("a path with a line break", [headers(1, [...without(":path"), [":path", "/livez HTTP/1.1\r\nX: y"]])]),
    ...["/echo#/total", "/%65cho"].map((path) =>
      h2(`${path} is not /echo`, [headers(1, [...without(":path"), [":path", path]])], [404]),
    ),
    h2("a header name in capitals", [headers(1, [...get, ["X-A", "b"]])]),
    h2("a line break in a value", [headers(1, [...get, ["x-a", "b\r\nx-authenticated-user: root"]])]),
    h2("a NUL in a value", [headers(1, [...get, ["x-a", "b\0c"]])]),
    h2("an unknown pseudo header", [headers(1, [...get, [":evil", "1"]])]),
    h2("a pseudo header twice", [headers(1, [...get, [":path", "/metrics"]])]),
    h2(
      "transfer-encoding",
      [headers(1, [...post, ["transfer-encoding", "chunked"]], true), frame(DATA, 1, 1, body)],
      "answered",
    ),
    h2("connection", [headers(1, [...get, ["connection", "upgrade"], ["upgrade", "h2c"]])], "answered"),
    h2("a length that is too short", [
      headers(1, [...post, ["content-length", "3"]], true),
      frame(DATA, 1, 1, body),
    ]),
    h2("a length that is too long", [
      headers(1, [...post, ["content-length", "500"]], true),
      frame(DATA, 1, 1, body),
    ]),
    h2(
      "an unknown authority",
      [headers(1, [...without(":authority"), [":authority", "example.org"]])],
      [421],
    ),
    h2("host and authority that differ", [headers(1, [...get, ["host", "example.org"]])], "answered"),
    h2("an even stream", [headers(2, get)]),
    h2("a body before its headers", [frame(DATA, 1, 1, body), headers(1, get)], "answered"),
    h2("a compressed header that points nowhere", [
      frame(HEADERS, 5, 1, Buffer.from([0xff, 0xff, 0xff, 0x0f])),
    ]),
    h2("padding longer than the frame", [
      frame(HEADERS, 0xd, 1, Buffer.concat([Buffer.from([255]), fields(get)])),
    ]),
    h2("headers of 16 MB", [
      Buffer.from([0xff, 0xff, 0xff, HEADERS!, 0, 0, 0, 0, 1]),
      times(4000, () => fields([["x-a", "b".repeat(100)]])),
    ]),
    h2("settings with half an entry", [frame(4, 0, 0, Buffer.from([0, 1, 0]))]),
    h2("a window of 2^31", [
      frame(WINDOW_UPDATE!, 0, 0, u32(0x7fffffff)),
      frame(WINDOW_UPDATE!, 0, 0, u32(0x7fffffff)),
    ]),
    h2(
      "a stream that depends on itself",
      [frame(PRIORITY!, 0, 1, Buffer.concat([u32(1), Buffer.from([1])])), headers(1, get)],
      "answered",
    ),
    h2(
      "10,000 pings",
      [times(10_000, () => frame(PING!, 0, 0, Buffer.alloc(8))), headers(1, get)],
      "answered",
    ),
    h2("10,000 settings", [times(10_000, () => SETTINGS), headers(1, get)], "answered"),
    h2("10,000 continuations", [
      frame(HEADERS!, 1, 1, fields(get)),
      times(10_000, () => frame(CONTINUATION!, 0, 1, fields([["x-a", "b"]]))),
    ]),
    {
      ...h2(
        "1,000 streams opened and reset",
        [
          times(1000, (i) =>
            Buffer.concat([headers(2 * i + 1, get), frame(RST_STREAM!, 0, 2 * i + 1, u32(8))]),
          ),
        ],
        "answered",
      ),
      flood: true,
    },
    h2("headers of 60,000 bytes", [
      frame(HEADERS, 1, 1, fields(get)),
      times(4, () => frame(CONTINUATION!, 0, 1, fields([["x-a", "b".repeat(15_000)]]))),
    ]),
  ];
}
