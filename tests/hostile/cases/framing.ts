import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

/** Request smuggling: two parsers must agree where a request ends (RFC 9112, 6.3 and 11.2). */
export function framing({ framed, chunk, GOOD }: Writer): Case[] {
  const n = GOOD.length;
  const smuggled = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const chunked = `${chunk(GOOD)}0\r\n\r\n`;
  const bad: [string, string, string][] = [
    ["length and chunked", `Content-Length: ${n}\r\nTransfer-Encoding: chunked\r\n`, chunked],
    ["chunked and length", `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, `0\r\n\r\n${smuggled}`],
    ["two lengths that differ", `Content-Length: ${n}\r\nContent-Length: 5\r\n`, GOOD],
    ["two lengths that agree", `Content-Length: ${n}\r\nContent-Length: ${n}\r\n`, GOOD],
    ["a list of lengths", `Content-Length: ${n}, ${n}\r\n`, GOOD],
    ["a negative length", "Content-Length: -1\r\n", GOOD],
    ["a signed length", `Content-Length: +${n}\r\n`, GOOD],
    ["a length in hexadecimal", `Content-Length: 0x${n.toString(16)}\r\n`, GOOD],
    ["a length with an exponent", "Content-Length: 1e1\r\n", GOOD],
    ["a length of 20 digits", "Content-Length: 99999999999999999999\r\n", GOOD],
    ["an empty length", "Content-Length: \r\n", GOOD],
    ["chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", chunked],
    ["chunked, then identity", "Transfer-Encoding: chunked, identity\r\n", chunked],
    ["an encoding that ends in chunked", "Transfer-Encoding: xchunked\r\n", chunked],
    ["a quoted encoding", 'Transfer-Encoding: "chunked"\r\n', chunked],
    ["a vertical tab before chunked", "Transfer-Encoding: \vchunked\r\n", chunked],
    ["a space before the colon", "Transfer-Encoding : chunked\r\n", chunked],
    ["a folded header", "Transfer-Encoding:\r\n chunked\r\n", chunked],
    ["a bare carriage return", `X-A: b\rTransfer-Encoding: chunked\r\n`, chunked],
    ["a chunk size that is no number", "Transfer-Encoding: chunked\r\n", `zz\r\n${GOOD}\r\n0\r\n\r\n`],
    ["a negative chunk size", "Transfer-Encoding: chunked\r\n", `-5\r\n${GOOD}\r\n0\r\n\r\n`],
    ["a chunk size with 0x", "Transfer-Encoding: chunked\r\n", `0x${n.toString(16)}\r\n${GOOD}\r\n0\r\n\r\n`],
    [
      "a chunk size that overflows",
      "Transfer-Encoding: chunked\r\n",
      `ffffffffffffffff1\r\n${GOOD}\r\n0\r\n\r\n`,
    ],
    ["a chunk longer than it says", "Transfer-Encoding: chunked\r\n", `3\r\n${GOOD}\r\n0\r\n\r\n`],
    ["no header name", ": nothing\r\nContent-Length: 0\r\n", ""],
    ["a header without a colon", "nothing at all\r\nContent-Length: 0\r\n", ""],
    ["a NUL in a header's name", "X-\0A: b\r\nContent-Length: 0\r\n", ""],
    ["a NUL in a header's value", "X-A: b\0c\r\nContent-Length: 0\r\n", ""],
  ];
  return [
    ...bad.map(
      ([name, headers, body]): Case => ({
        name,
        send: [framed(headers, body)],
        never: /http_requests_total/,
      }),
    ),
    {
      name: "a request hidden in a body stays a body",
      send: [framed(`Content-Length: ${smuggled.length}\r\n`, smuggled)],
      expect: [400],
    },
    {
      name: "a request behind chunked in HTTP/1.0",
      send: [
        framed("Transfer-Encoding: chunked\r\n", `0\r\n\r\n${smuggled}`).replace("HTTP/1.1", "HTTP/1.0"),
      ],
      never: /http_requests_total/,
    },
    {
      name: "chunk extensions of 20,000 bytes",
      send: [
        framed(
          "Transfer-Encoding: chunked\r\n",
          `${n.toString(16)};${"x".repeat(20_000)}\r\n${GOOD}\r\n0\r\n\r\n`,
        ),
      ],
      expect: "answered",
    },
    {
      name: "one byte a chunk",
      send: [framed("Transfer-Encoding: chunked\r\n", `${[...GOOD].map(chunk).join("")}0\r\n\r\n`)],
      expect: [200],
    },
    {
      name: "three requests in one packet get three answers",
      send: [framed(`Content-Length: ${n}\r\n`, GOOD).repeat(3)],
      expect: [200, 200, 200],
    },
  ];
}
