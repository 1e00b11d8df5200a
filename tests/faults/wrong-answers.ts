// Answers that no good server gives, as data.
import { type Fault, lies } from "./fault.ts";
import { FORGED, http, JSON_TYPE, length, says } from "./servers/hostile.ts";

const LONG = "x".repeat(12_000);
const HARMFUL = [
  "X-Authenticated-User: root",
  "X-Accel-Redirect: /livez",
  "X-Accel-Expires: 3600",
  "X-Accel-Buffering: no",
  "X-Accel-Limit-Rate: 1",
  "Cache-Control: max-age=3600",
  "Set-Cookie: session=stolen; Domain=localhost",
  "WWW-Authenticate: Negotiate",
  "X-Request-ID: forged",
  "Connection: X-Authenticated-User, keep-alive",
  "Trailer: X-Authenticated-User",
];

export const WRONG_ANSWERS: readonly Fault[] = [
  lies(
    "speaks another protocol",
    says(() => "SSH-2.0-OpenSSH_9.2\r\n\r\n", { close: true }),
    { raw: true },
  ),
  lies(
    "speaks another protocol, kept open",
    says(() => "\0\x01\x02\r\n\r\n"),
    { raw: true },
  ),
  lies(
    "bad status line",
    says((body) => http("banana", [length(body)], body), { close: true }),
    { raw: true },
  ),
  lies(
    "oversized header",
    says((body, { status }) => http(status, [`X-Long: ${LONG}`, length(body)], body)),
  ),
  lies(
    "header without a colon",
    says((body, { status }) => http(status, ["nothing", length(body)], body)),
  ),
  lies(
    "yes to everything",
    says((body) => http("200 OK", [JSON_TYPE, length(body), ...HARMFUL], body)),
    { yes: true },
  ),
  lies(
    "yes and a redirect inside",
    says(() => http("204 No Content", ["X-Accel-Redirect: /_authenticate", "X-Authenticated-User: root"])),
    { own: [204], yes: true },
  ),
  lies(
    "no and a redirect inside",
    says(() => http("403 Forbidden", ["X-Accel-Redirect: @bad_gateway", length("")])),
    { own: [403] },
  ),
  lies(
    "length too large, kept open",
    says((body, { status }) => http(status, [length(body, 50)], body)),
  ),
  lies(
    "length too small",
    says((body, { status }) =>
      http(status, [JSON_TYPE, length(body)], body + http(status, [length(FORGED)], FORGED)),
    ),
  ),
  lies(
    "answers twice",
    says((body, { status }) => http(status, [JSON_TYPE, length(body)], body).repeat(2)),
  ),
  lies(
    "length and chunked",
    says((body, { status }) =>
      http(
        status,
        [JSON_TYPE, length(body), "Transfer-Encoding: chunked"],
        `0\r\n\r\n${http(status, [length(FORGED)], FORGED)}`,
      ),
    ),
  ),
  lies(
    "two lengths",
    says((body, { status }) => http(status, [JSON_TYPE, length(body), length(body, -5)], body)),
  ),
  lies(
    "chunks that are none",
    says((_, { status }) => http(status, ["Transfer-Encoding: chunked"], "zz\r\nwhat\r\n0\r\n\r\n")),
    { raw: true },
  ),
  lies(
    "redirects elsewhere",
    says(() => http("302 Found", ["Location: /livez", length("")])),
    { own: [302] },
  ),
  lies(
    "redirects with the method",
    says(() => http("307 Temporary Redirect", ["Location: http://127.0.0.1/", length("")])),
    { own: [307] },
  ),
  lies(
    "100 before its answer",
    says(
      (body, { status }) => `HTTP/1.1 100 Continue\r\n\r\n${http(status, [JSON_TYPE, length(body)], body)}`,
    ),
    { raw: true },
  ),
  lies(
    "103 before its answer",
    says(
      (body, { status }) =>
        `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${http(status, [JSON_TYPE, length(body)], body)}`,
    ),
    { raw: true },
  ),
  lies(
    "switches protocols",
    says(() => http("101 Switching Protocols", ["Connection: upgrade", "Upgrade: x"])),
    { raw: true },
  ),
  lies(
    "500",
    says(() => http("500 Internal Server Error", [length("")])),
    { own: [500] },
  ),
  lies(
    "503",
    says(() => http("503 Service Unavailable", [length("")])),
    { own: [503] },
  ),
  lies(
    "403",
    says(() => http("403 Forbidden", [length("")])),
    { own: [403] },
  ),
  lies(
    "404",
    says(() => http("404 Not Found", [length("")])),
    { own: [404] },
  ),
];
