// What can be wrong with a server behind the gateway, as data: first what it does not answer, then what it should not.
import { absent, type Fault, lies } from "./fault.ts";
import { closes, http, length, resets, says, silent, slow } from "./servers/hostile.ts";
import { WRONG_ANSWERS } from "./wrong-answers.ts";

export const FAULTS: readonly Fault[] = [
  absent("gone", "gone"),
  absent("refuses", "refuses"),
  absent("backlog full", "full"),
  lies("silent", silent, { retried: true }),
  lies("slow", slow),
  lies("closes at once", closes, { retried: true }),
  lies("resets at once", resets, { retried: true }),
  lies(
    "closes in its headers",
    says((_, { status }) => `HTTP/1.1 ${status}\r\nContent-Ty`, { close: true }),
    { retried: true },
  ),
  lies(
    "closes in its body",
    says((body, { status }) => http(status, [length(body, 50)], body), { close: true }),
  ),
  lies(
    "resets in its body",
    says((body, { status }) => http(status, [length(body, 50)], body), { reset: true }),
  ),
  ...WRONG_ANSWERS,
];
