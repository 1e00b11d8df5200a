import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

export function headers({ post, line, GOOD }: Writer): Case[] {
  const with_ = (name: string, extra: string, expect: NonNullable<Case["expect"]> = [200]): Case => ({
    name,
    send: [post(GOOD, { extra })],
    expect,
  });
  const type = (name: string, value: string, expect: NonNullable<Case["expect"]> = [415]): Case => ({
    name: `content type ${name}`,
    send: [post(GOOD, { type: value })],
    expect,
  });
  return [
    with_("a header of 9,000 bytes", `X-Big: ${"a".repeat(9000)}\r\n`, [431]),
    with_("5,000 headers", "X-A: b\r\n".repeat(5000), [431]),
    {
      name: "unterminated headers",
      send: [line("GET /livez HTTP/1.1").trimEnd(), "\r\nX-A: b".repeat(8000)],
      expect: [431],
    },
    with_("a request id with markup", "X-Request-ID: <script>alert(1)</script>\r\n"),
    with_("a request id of 5,000 bytes", `X-Request-ID: ${"a".repeat(5000)}\r\n`),
    with_("raw bytes in a header", "X-A: \x80\xff\xfe\r\n"),
    with_("a cookie with bad escapes", "Cookie: a=%zz; %=%; =; ;;; b\r\n"),
    with_("a cookie named __proto__", "Cookie: __proto__=x; constructor=y\r\n"),
    with_("a cookie of 7,000 bytes", `Cookie: ${"a=b; ".repeat(1400)}\r\n`),
    with_("Expect: 100-continue", "Expect: 100-continue\r\n", [100, 200]),
    with_("another expectation", "Expect: the-impossible\r\n", "answered"),
    with_(
      "Upgrade: websocket",
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ),
    with_(
      "Upgrade: h2c",
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    ),
    with_(
      "hop-by-hop names for what the gateway sets",
      "Connection: X-Request-ID, X-Authenticated-User, Host\r\n",
    ),
    with_("a group with a NUL", "X-Experiment-Group: debug\0\r\n", "refused"),
    with_(
      "conditional and partial",
      'If-None-Match: *\r\nIf-Match: "x"\r\nRange: bytes=0-1,5-\r\nIf-Modified-Since: never\r\n',
    ),
    with_(
      "compression of every kind",
      "Accept-Encoding: gzip;q=nan, br;q=99, *;q=-1\r\nTE: trailers, gzip\r\n",
    ),
    with_("no acceptable media type", "Accept: */*;q=0, x/y\r\n"),
    with_("a method in another header", "X-HTTP-Method-Override: DELETE\r\n"),
    with_(
      "a forged client address",
      "X-Forwarded-For: 10.0.0.1\r\nX-Real-IP: 10.0.0.1\r\nForwarded: for=10.0.0.1\r\n",
    ),
    type("missing", ""),
    type("text/plain", "text/plain"),
    type("of a form", "application/x-www-form-urlencoded"),
    type("of a form with files", "multipart/form-data; boundary=x"),
    type("without a subtype", "application/"),
    type("with another name after it", "application/jsonp"),
    type("with a parameter", "application/json;charset=utf-8", [200]),
    type("in capitals", "APPLICATION/JSON", [200]),
    type("with a foreign charset", "application/json; charset=utf-16", "answered"),
    type("twice", "application/json\r\nContent-Type: text/plain", "answered"),
  ];
}

/** Admission depends on the whole Authorization header and on nothing else. */
export function authorization({ GOOD }: Writer, good: string): Case[] {
  const request = (lines: string) =>
    `POST /echo HTTP/1.1\r\nHost: localhost\r\n${lines}Content-Type: application/json\r\n` +
    `Content-Length: ${GOOD.length}\r\n\r\n${GOOD}`;
  const value = (name: string, header: string, expect: NonNullable<Case["expect"]> = [401]): Case => ({
    name: `authorization: ${name}`,
    send: [request(header === "" ? "" : `Authorization: ${header}\r\n`)],
    expect,
    never: /"characters"/,
  });
  const secret = good.slice("Basic ".length);
  const plain = Buffer.from(secret, "base64").toString();
  const basic = (text: string) => `Basic ${Buffer.from(text, "latin1").toString("base64")}`;
  const lets = (name: string, lines: string, expect: NonNullable<Case["expect"]> = [200]): Case => ({
    name: `authorization: ${name}`,
    send: [request(lines)],
    expect,
  });
  return [
    value("none", ""),
    value("empty", " "),
    value("the scheme alone", "Basic"),
    value("no colon", basic("admin")),
    value("no name", basic(`:${plain.split(":")[1]}`)),
    value("no password", basic(`${plain.split(":")[0]}:`)),
    value("not base64", "Basic !!!!"),
    value("a NUL before it", basic(plain.replace(":", ":\0"))),
    value("a line break in it", basic(`${plain}\n`)),
    value("a longer password", basic(`${plain}x`)),
    value("the name in capitals", basic(plain.toUpperCase())),
    value("7,000 bytes of it", basic("a".repeat(5000))),
    value("another scheme", `Bearer ${secret}`),
    value("a scheme in the value's place", `${secret}`),
    lets("the scheme in lower case is the same scheme", `Authorization: basic ${secret}\r\n`),
    lets("spaces around the value are no part of it", `Authorization:   ${good}  \r\n`),
    {
      ...lets(
        "a bad one before a good one",
        `Authorization: ${basic("a:b")}\r\nAuthorization: ${good}\r\n`,
        "refused",
      ),
      never: /"characters"/,
    },
    lets(
      "a bad one after a good one: the first counts or none",
      `Authorization: ${good}\r\nAuthorization: ${basic("a:b")}\r\n`,
      "answered",
    ),
    {
      ...lets(
        "in a header that looks like it",
        `X-Authorization: ${good}\r\nProxy-Authorization: ${good}\r\nAuthorization_: ${good}\r\n`,
        [401],
      ),
      never: /"characters"/,
    },
    {
      ...lets(
        "forged user headers",
        "X-Authenticated-User: admin\r\nX-Remote-User: admin\r\nX-Client-Address: 10.0.0.9\r\n",
        [401],
      ),
      never: /"characters"/,
    },
  ];
}
