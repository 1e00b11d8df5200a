import type { Writer } from "../requests.ts";
import type { Case } from "../types.ts";

const DOCUMENT = "/openapi/echo.json";

export const requestLine = ({ line }: Writer): Case[] => [
  { name: "random bytes", send: [Buffer.from("16030100ff00deadbeef0d0a0d0a", "hex")] },
  { name: "a NUL and nothing else", send: ["\0\r\n\r\n"] },
  { name: "a method alone", send: ["GET\r\n\r\n"] },
  { name: "an unknown HTTP version", send: [line("GET /livez HTTP/9.9")] },
  { name: "a version that is no number", send: [line("GET /livez HTTP/1.x")] },
  { name: "HTTP/0.9", send: ["GET /livez\r\n"] },
  { name: "lower-case method", send: [line("post /echo HTTP/1.1")] },
  { name: "method with a NUL", send: [line("PO\0ST /echo HTTP/1.1")] },
  { name: "an unknown method", send: [line("BREW /echo HTTP/1.1")], expect: [405] },
  { name: "TRACE", send: [line("TRACE /echo HTTP/1.1")], expect: [405] },
  { name: "CONNECT", send: ["CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"] },
  { name: "DELETE on a health check", send: [line("DELETE /livez HTTP/1.1")], expect: [405] },
  { name: "OPTIONS *", send: [line("OPTIONS * HTTP/1.1")] },
  { name: "the HTTP/2 preface where HTTP/1.1 was agreed", send: ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] },
  { name: "no Host", send: ["GET /livez HTTP/1.1\r\n\r\n"], expect: [400] },
  { name: "two Hosts", send: [line("GET /livez HTTP/1.1", "Host: example.org\r\n")], expect: [400] },
  { name: "a Host with a path", send: ["GET /livez HTTP/1.1\r\nHost: localhost/evil\r\n\r\n"] },
  { name: "a Host with a NUL", send: ["GET /livez HTTP/1.1\r\nHost: local\0host\r\n\r\n"] },
  { name: "an unknown Host", send: ["GET /livez HTTP/1.1\r\nHost: example.org\r\n\r\n"], expect: [421] },
  {
    name: "another host in an absolute target",
    send: [line("GET http://example.org/livez HTTP/1.1")],
    expect: [421],
  },
  { name: "a target of 9,000 bytes", send: [line(`GET /${"a".repeat(9000)} HTTP/1.1`)], expect: [414] },
  { name: "an unterminated target of 9,000 bytes", send: [`GET /${"a".repeat(9000)}`], expect: [414] },
  { name: "a NUL in the path", send: [line("GET /livez\0 HTTP/1.1")] },
  { name: "a tab in the path", send: [line("GET /li\tvez HTTP/1.1")] },
  { name: "a space in the path", send: [line("GET /li vez HTTP/1.1")] },
  { name: "a byte that is no UTF-8 in the path", send: [Buffer.from(line("GET /\xff HTTP/1.1"), "latin1")] },
  {
    name: "a byte that is no UTF-8 after a number sign",
    send: [Buffer.from(line("POST /echo#\xff HTTP/1.1"), "latin1")],
  },
  {
    name: "a byte that is no UTF-8 in the query",
    send: [Buffer.from(line("GET /livez?\xfe HTTP/1.1"), "latin1")],
    expect: [200],
  },
  { name: "a line break, quotes and a backslash in the path", send: [line('GET /a%0a"b\\c HTTP/1.1')] },
  { name: "raw UTF-8 in the path", send: [line("GET /\u00c3\u00a9 HTTP/1.1")] },
  {
    name: "plain HTTP on the TLS port",
    send: [line("GET /livez HTTP/1.1")],
    transport: "tcp",
    expect: [400],
  },
  {
    name: "garbage instead of a TLS handshake",
    send: ["\x16\x03\x01\xff\xff".padEnd(600, "\xff")],
    transport: "tcp",
  },
];

/** Other spellings of a path must not reach more than the plain one. */
export const paths = ({ line, post, GOOD }: Writer): Case[] => [
  ...[
    "//echo",
    "/./echo",
    "/x/../echo",
    "/x/%2e%2e/echo",
    "/%2e/echo",
    "/echo%2f",
    "/echo%00",
    "/echo%5c",
    "/echo/",
    "/echo;a=1",
    "/echo\\",
    "/Echo",
    "/echo%20",
    "/echo/..;/echo",
  ].map((path): Case => ({ name: `POST ${path}`, send: [post(GOOD, { path })] })),
  ...[
    "/metrics",
    "//metrics",
    "/echo/../metrics",
    "/echo/..%2fmetrics",
    "/%6detrics",
    "/nginx_status",
    "/_authenticate",
    "/@problem",
    "/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cetc/passwd",
    "/%zz",
    "/%",
    "/%u0041",
    "/.git/config",
    "/.env",
  ].map(
    (path): Case => ({
      name: `GET ${path}`,
      send: [line(`GET ${path} HTTP/1.1`)],
      never: /root:|http_requests_total|Active connections/,
    }),
  ),
];

/** nginx ends a path at "#" and decodes it before it chooses a location; a worker does neither. Without credentials: 401. */
export const otherParsers = ({ line }: Writer): Case[] =>
  ["/echo#/total", "/echo#", "/%65cho", "/ech%6F", "/%65cho?a", "https://localhost/echo#/total"].map(
    (path) => ({
      name: `POST ${path} is not /echo`,
      send: [line(`POST ${path} HTTP/1.1`, "Content-Length: 0\r\n")],
      expect: [404],
    }),
  );

/** Nothing in a request changes which document is served, and its location reaches no other path of a worker. */
export const documents = ({ line, framed, GOOD }: Writer): Case[] => [
  ...[
    "/openapi.json",
    "/openapi/",
    "/openapi/metrics.json",
    "/openapi/echo",
    "/openapi/echo.json/",
    "/openapi/echo.json/../../metrics",
    "/openapi/echo.json%2f..%2f..%2fmetrics",
    "/openapi/echo.json%00",
    "/openapi/verifier-new.json",
    "/openapi/127.0.0.1.json",
    "/openapi/echo:8080.json",
  ].map((path): Case => ({ name: `GET ${path}`, send: [line(`GET ${path} HTTP/1.1`)] })),
  ...["/", "/docs", "/docs/workers.json", DOCUMENT, "/readyz", "/livez"].flatMap((path): Case[] => [
    {
      name: `GET ${path} with an If-Match that does not match`,
      send: [line(`GET ${path} HTTP/1.1`, 'If-Match: "x"\r\n')],
      expect: [412],
    },
    {
      name: `GET ${path} with a Range beyond the end`,
      send: [line(`GET ${path} HTTP/1.1`, "Range: bytes=99999999-\r\n")],
      expect: [200],
    },
  ]),
  { name: "POST to a document", send: [framed("Content-Length: 0\r\n", "", DOCUMENT)], expect: [405] },
  ...[
    { name: "a query", send: [line(`GET ${DOCUMENT}?${"a=%00&".repeat(1000)} HTTP/1.1`)] },
    {
      name: "a body",
      send: [`${line(`GET ${DOCUMENT} HTTP/1.1`, `Content-Length: ${GOOD.length}\r\n`)}${GOOD}`],
    },
    { name: "HEAD", send: [line(`HEAD ${DOCUMENT} HTTP/1.1`)] },
    {
      name: "headers that could change the answer",
      send: [
        line(
          `GET ${DOCUMENT} HTTP/1.1`,
          "Authorization: Basic eDp5\r\nX-Experiment-Group: debug\r\nX-Authenticated-User: root\r\n" +
            "X-Forwarded-Host: example.org\r\nX-HTTP-Method-Override: POST\r\nAccept: */*;q=0, x/y\r\n",
        ),
      ],
    },
  ].map(
    ({ name, send }): Case => ({
      name: `a document, asked with ${name}`,
      send,
      expect: [200],
      never: /debug|root|example\.org|"title":"echo-debug"/,
    }),
  ),
];
