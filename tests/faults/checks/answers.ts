// What must hold for each answer of a client, whatever is broken behind the gateway.
import type { Fault } from "../faults.ts";
import { MARKER } from "../servers/worker.ts";
import type { Answer, Ask, Exchange } from "../types.ts";

/** A broken server stands in for one that decides who gets in, or for one that answers. */
export type Role = "verifier" | "worker";
export interface Situation {
  /** Undefined: everything is healthy. */
  broken?: { role: Role; fault: Fault };
}

const needsWorker = ({ path }: Ask) => ["/predict", "/predict/batch", "/language", "/readyz"].includes(path);
const needsVerifier = ({ path, healthy }: Ask) => path !== "/readyz" && (healthy === 200 || healthy === 401);

/** Statuses this request may get. */
export function allowed(ask: Ask, { broken }: Situation): number[] {
  if (!broken || !needsWorker(ask) || ask.healthy === 405 || ask.healthy === 413) return [ask.healthy];
  const { role, fault } = broken;
  if (role === "verifier") {
    if (!needsVerifier(ask)) return [ask.healthy];
    return fault.yes ? [200, 401, 503] : ask.who === "good" ? [200, 401, 503] : [401, 503];
  }
  return ask.healthy === 401 ? [401] : [200, 502, 504, ...fault.own];
}

/** True where the client must not have got anywhere. */
const noAccess = ({ who, healthy }: Ask) => who !== "good" && healthy === 401;

function misdirected(
  { id, path, method }: Ask,
  { body }: Answer,
  ids: ReadonlySet<string>,
): string | undefined {
  const of = /"id":"([\w-]+)"/.exec(body)?.[1];
  if (of === "forged") return "the answer is bytes that a server sent behind another answer";
  if (of !== undefined && of !== id && ids.has(of)) return `the answer belongs to request ${of}`;
  const marker = MARKER.exec(body)?.[1] ?? /"marker":"([\w-]+)"/.exec(body)?.[1];
  if (marker !== undefined && marker !== id) return `the answer holds the body of request ${marker}`;
  if (path === "/livez" && method === "GET" && of !== undefined) return "the answer is a worker's";
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
  situation: Situation,
  ids: ReadonlySet<string>,
): string | undefined {
  const { broken } = situation;
  const worker = broken?.role === "worker" && needsWorker(ask);
  if ("lost" in outcome) {
    if (outcome.lost === "aborted" || (outcome.lost === "closed" && ask.abort)) return undefined;
    return outcome.lost;
  }
  const { status, headers, whole } = outcome;
  const own = headers.has("x-hostile");
  const letIn =
    noAccess(ask) && status >= 200 && status < 300 && !(broken?.role === "verifier" && broken.fault.yes);
  if (letIn) return `a client without valid credentials got ${status}`;
  if (status === 500 && !own) return "got 500";
  if (!allowed(ask, situation).includes(status))
    return `got ${status}, expected ${allowed(ask, situation).join(" or ")}`;
  if (headers.get("x-request-id") !== ask.id) return `has the request id ${headers.get("x-request-id")}`;
  const other = misdirected(ask, outcome, ids);
  if (other) return other;
  if (!whole) return worker && own ? undefined : "the answer ends before its end";
  if (status === 200 && ask.who === "good" && !worker && !outcome.body.includes(`"id":"${ask.id}"`))
    return `the answer is not the worker's: ${outcome.body.slice(0, 80)}`;
  if (status >= 400 && !own) {
    const problem = badProblem(ask, outcome);
    if (problem) return `${status} ${problem}`;
  }
  return undefined;
}
