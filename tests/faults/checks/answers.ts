// What must hold for each answer of a client, whatever is broken behind the gateway.
import type { Fault } from "../fault.ts";
import { MARKER } from "../servers/worker.ts";
import type { Answer, Ask, Exchange } from "../types.ts";

/** A broken server stands in for one that decides who gets in, or for one that answers. */
export type Role = "verifier" | "worker";
/** What is broken; undefined: nothing is. */
export interface Broken {
  role: Role;
  fault: Fault;
  /** The requests that need what is broken; all others must not notice. */
  affects: (ask: Ask) => boolean;
  /** Another replica does the same work. */
  spare: boolean;
}

/** Statuses this request may get. */
function allowed(ask: Ask, broken: Broken | undefined): readonly number[] {
  if (!broken?.affects(ask)) return [ask.healthy];
  const { role, fault, spare } = broken;
  if (role === "worker") return spare && fault.retried ? [200] : [200, 502, 504, ...fault.own];
  return ask.who === "good" || fault.yes ? [200, 401, 503] : [401, 503];
}

/** Whose bytes an answer holds, where they are not its request's. `asks`: everything this gateway was sent. */
function misdirected(ask: Ask, { body }: Answer, asks: ReadonlyMap<string, Ask>): string | undefined {
  const of = /"id":"([\w-]+)"/.exec(body)?.[1];
  const marker = MARKER.exec(body)?.[1] ?? /"marker":"([\w-]+)"/.exec(body)?.[1];
  if (of === "forged") return "the answer is bytes that a server sent behind another answer";
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
    // nginx passes on what it takes for HTTP/0.9 or for a last answer of 1xx, and ends the connection with it.
    return worker && broken.fault.raw && outcome.lost !== "no answer in time" ? undefined : outcome.lost;
  }
  const { status, headers, whole, body } = outcome;
  const own = headers.has("x-hostile");
  const yes = broken?.role === "verifier" && broken.fault.yes && broken.affects(ask);
  if (ask.healthy === 401 && status >= 200 && status < 300 && !yes)
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
