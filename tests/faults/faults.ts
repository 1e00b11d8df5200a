// Faults of a backend, as data: no answer, incomplete answers, then wrong answers.
import { absent, type Fault, fault } from "./fault.ts";
import { closes, http, length, resets, responds, silent, slow } from "./servers/hostile.ts";
import { WRONG_ANSWERS } from "./wrong-answers.ts";

export const FAULTS: readonly Fault[] = [
  absent("gone", "gone"),
  absent("refuses", "refuses"),
  absent("backlog full", "full"),
  fault("silent", silent, { retried: true }),
  fault("slow", slow),
  fault("closes at once", closes, { retried: true }),
  fault("resets at once", resets, { retried: true }),
  fault(
    "closes within the headers",
    responds((_, { status }) => `HTTP/1.1 ${status}\r\nContent-Ty`, { close: true }),
    { retried: true },
  ),
  fault(
    "closes within the body",
    responds((body, { status }) => http(status, [length(body, 50)], body), { close: true }),
  ),
  fault(
    "resets within the body",
    responds((body, { status }) => http(status, [length(body, 50)], body), { reset: true }),
  ),
  ...WRONG_ANSWERS,
];
