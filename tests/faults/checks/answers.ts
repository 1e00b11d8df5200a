// Invariants of every answer to a client, whatever backend fails.
import type { Fault } from "../fault.ts";
import { MARKER } from "../servers/worker.ts";
import type { Answer, Ask, Exchange } from "../types.ts";
import { once } from "./workers.ts";

type Role = "verifier" | "worker";
/** The current fault. */
export interface Broken {
  role: Role;
  fault: Fault;
  /** Whether a request depends on the failing backends; others must not be affected. */
  affects: (ask: Ask) => boolean;
  /** Another replica is healthy. */
  spare: boolean;
}

/** Statuses that this request may get. */
function allowed(ask: Ask, broken: Broken | undefined): readonly number[] {
  if (!broken?.affects(ask)) return [ask.healthy];
  const { role, fault, spare } = broken;
  // A request that must not be sent twice is retried if no replica received it.
  const retried = fault.retried && (fault.presence !== "answers" || !once(ask));
  if (role === "worker") return spare && retried ? [200] : [200, 502, 504, ...fault.statuses];
  return ask.who === "good" || fault.admits ? [200, 401, 503] : [401, 503];
}

/** Reports an answer with bytes of another request. `asks`: all requests to this gateway, by id. */
function misdirected(ask: Ask, { body }: Answer, asks: ReadonlyMap<string, Ask>): string | undefined {
  const of = /"id":"([\w-]+)"/.exec(body)?.[1];
  const marker = MARKER.exec(body)?.[1] ?? /"marker":"([\w-]+)"/.exec(body)?.[1];
  if (of === "forged") return "the answer is bytes that a backend sent after another answer";
  for (const id of [of, marker]) {
    const other = id === undefined || id === ask.id ? undefined : asks.get(id);
    if (other && !(ask.shared && other.kind === ask.kind))
      return `the answer is the one to ${other.kind} (${id})`;
  }
  return undefined;
}

function badProblem({ id }: Ask, { status, headers, body }: Answer): string | undefined {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return "is no problem document";
  try {
    const problem = JSON.parse(body) as { status?: unknown; request_id?: unknown };
    if (problem.status !== status) return `says status ${problem.status}`;
    return problem.request_id === id ? undefined : `names request ${problem.request_id}`;
  } catch {
    return "is a problem document that is no JSON";
  }
}

/** What is wrong with one exchange, or undefined. */
export function wrongAnswer(
  { ask, outcome }: Exchange,
  broken: Broken | undefined,
  asks: ReadonlyMap<string, Ask>,
): string | undefined {
  const worker = broken?.role === "worker" && broken.affects(ask);
  if ("lost" in outcome) {
    if (outcome.lost === "aborted" || outcome.lost === "skipped" || (outcome.lost === "closed" && ask.abort))
      return undefined;
    // nginx passes on what it takes for HTTP/0.9 or for a final 1xx, and closes the connection.
    return worker && broken.fault.raw && outcome.lost !== "no answer in time" ? undefined : outcome.lost;
  }
  const { status, headers, whole, body } = outcome;
  const own = headers.has("x-hostile");
  const admits = broken?.role === "verifier" && broken.fault.admits && broken.affects(ask);
  if (ask.healthy === 401 && status >= 200 && status < 300 && !admits)
    return `a client without valid credentials got ${status}`;
  if (own && !worker) return "the answer is a verifier's";
  if (status === 500 && !own) return "got 500";
  const expected = allowed(ask, broken);
  if (!expected.includes(status)) return `got ${status}, expected ${expected.join(" or ")}`;
  if (headers.get("x-request-id") !== ask.id) return `has the request id ${headers.get("x-request-id")}`;
  const other = misdirected(ask, outcome, asks);
  if (other) return other;
  if (!whole) return worker && own ? undefined : "the answer ends before its end";
  if (status === 200 && ask.who === "good" && !own && !body.includes(`"id":"${ask.id}"`))
    return `the answer is not the worker's: ${body.slice(0, 80)}`;
  const problem = status >= 400 && !own ? badProblem(ask, outcome) : undefined;
  return problem && `${status} ${problem}`;
}
