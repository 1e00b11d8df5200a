// Faults with a wrong answer, as data.
import { type Fault, fault } from "./fault.ts";
import { FORGED, http, JSON_TYPE, length, responds } from "./servers/hostile.ts";

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

/** Well-formed answers that a healthy backend does not give. */
const STATUSES: [status: string, header?: string][] = [
  ["302 Found", "Location: /livez"],
  ["307 Temporary Redirect", "Location: http://127.0.0.1/"],
  ["403 Forbidden"],
  ["404 Not Found"],
  ["500 Internal Server Error"],
  ["503 Service Unavailable"],
];
const withStatus = ([status, header]: (typeof STATUSES)[number]): Fault =>
  fault(
    status.slice(0, 3),
    responds(() => http(status, [...(header ? [header] : []), length("")])),
    { statuses: [Number.parseInt(status, 10)] },
  );

export const WRONG_ANSWERS: readonly Fault[] = [
  fault(
    "speaks another protocol",
    responds(() => "SSH-2.0-OpenSSH_9.2\r\n\r\n", { close: true }),
    { raw: true },
  ),
  fault(
    "speaks another protocol, kept open",
    responds(() => "\0\x01\x02\r\n\r\n"),
    { raw: true },
  ),
  fault(
    "bad status line",
    responds((body) => http("banana", [length(body)], body), { close: true }),
    { raw: true },
  ),
  fault(
    "oversized header",
    responds((body, { status }) => http(status, [`X-Long: ${LONG}`, length(body)], body)),
  ),
  fault(
    "header without a colon",
    responds((body, { status }) => http(status, ["nothing", length(body)], body)),
  ),
  fault(
    "200 to everything",
    responds((body) => http("200 OK", [JSON_TYPE, length(body), ...HARMFUL], body)),
    { admits: true },
  ),
  fault(
    "204 with X-Accel-Redirect",
    responds(() =>
      http("204 No Content", ["X-Accel-Redirect: /_authenticate", "X-Authenticated-User: root"]),
    ),
    { statuses: [204], admits: true },
  ),
  fault(
    "403 with X-Accel-Redirect",
    responds(() => http("403 Forbidden", ["X-Accel-Redirect: @again/echo", length("")])),
    { statuses: [403] },
  ),
  fault(
    "length too large, kept open",
    responds((body, { status }) => http(status, [length(body, 50)], body)),
  ),
  fault(
    "length too small",
    responds((body, { status }) =>
      http(status, [JSON_TYPE, length(body)], body + http(status, [length(FORGED)], FORGED)),
    ),
  ),
  fault(
    "answers twice",
    responds((body, { status }) => http(status, [JSON_TYPE, length(body)], body).repeat(2)),
  ),
  fault(
    "length and chunked",
    responds((body, { status }) =>
      http(
        status,
        [JSON_TYPE, length(body), "Transfer-Encoding: chunked"],
        `0\r\n\r\n${http(status, [length(FORGED)], FORGED)}`,
      ),
    ),
  ),
  fault(
    "two lengths",
    responds((body, { status }) => http(status, [JSON_TYPE, length(body), length(body, -5)], body)),
  ),
  fault(
    "invalid chunks",
    responds((_, { status }) => http(status, ["Transfer-Encoding: chunked"], "zz\r\nwhat\r\n0\r\n\r\n")),
    { raw: true },
  ),
  fault(
    "100 before its answer",
    responds(
      (body, { status }) => `HTTP/1.1 100 Continue\r\n\r\n${http(status, [JSON_TYPE, length(body)], body)}`,
    ),
    { raw: true },
  ),
  fault(
    "103 before its answer",
    responds(
      (body, { status }) =>
        `HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n${http(status, [JSON_TYPE, length(body)], body)}`,
    ),
    { raw: true },
  ),
  fault(
    "switches protocols",
    responds(() => http("101 Switching Protocols", ["Connection: upgrade", "Upgrade: x"])),
    { raw: true },
  ),
  ...STATUSES.map(withStatus),
];
