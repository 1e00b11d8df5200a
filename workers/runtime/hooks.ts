import { ElysiaStatus } from "elysia";
import { asProblem, statusOf } from "./answers.ts";
import type { ByPart } from "./decoded.ts";
import { DOCUMENT } from "./docs.ts";
import { toProblem } from "./errors.ts";
import { log, logMembers } from "./log.ts";
import { methodsOf, type Routed } from "./methods.ts";
import { PROBLEM_TYPE, Problem, problemDetails } from "./problem.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { PARTS } from "./violations.ts";

const UNMATCHED = "(unmatched)";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const PROBES = new Set(["/livez", "/readyz", "/metrics"]);

/** The part of Elysia's context that these hooks use. */
interface Context {
  readonly request: Request;
  readonly path: string;
  /** The route pattern; absent where none matched. */
  route?: string;
  readonly set: { headers: Record<string, unknown>; status?: number | string };
  responseValue?: unknown;
  error?: unknown;
  code?: string | number;
  readonly startedAt: number;
  readonly requestId: string;
  settled(this: Context, value: Promise<unknown>): Promise<Response>;
}

export function logFailure(error: unknown, requestId: string): void {
  const stack = error instanceof Error ? error.stack : `thrown: ${String(error)}`;
  log("error", "unhandled error", { request_id: requestId, stack });
}

/**
 * What a worker does with an error, and with every answer: makes a problem document, counts and logs it. Elysia reads a
 * hook's text: where it names a part of the request, or returns or passes `context`, parts are parsed for every request.
 */
export function answerHooks(servedBy: string, metrics: RequestMetrics, app: () => Routed) {
  const quotedName = JSON.stringify(servedBy);
  const otherMethods = methodsOf(app);

  /** 405 with `Allow` for a path that has other methods (RFC 9110, 15.5.6). */
  const wrongMethod = (methods: string[]) =>
    new Problem(405, undefined, undefined, { allow: methods.join(", ") });

  /** The text of a problem, or what was thrown to be returned. */
  function failed(context: Context) {
    const { error, code = "UNKNOWN", set, route, request } = context;
    if (error instanceof ElysiaStatus || error instanceof Response) return error;
    const others = code === "NOT_FOUND" && !route ? otherMethods(context.path) : undefined;
    if (others) context.route = others.route; // for the metrics
    const values = Object.fromEntries(PARTS.map((part) => [part, (context as ByPart)[part]]));
    const schemas = () =>
      app().routes.find((each) => each.path === route && each.method === request.method)?.hooks;
    const problem = others
      ? wrongMethod(others.methods)
      : toProblem(code, error, { hasBody: request.body !== null, status: set.status, schemas, values });
    if (problem.status === 500) logFailure(error, context.requestId);
    set.status = problem.status;
    Object.assign(set.headers, problem.headers, { "content-type": PROBLEM_TYPE });
    return JSON.stringify(problemDetails(problem, context.path, context.requestId));
  }

  function answered(context: Context): Response | Promise<Response> | undefined {
    const { responseValue: value, set, path, requestId, request, startedAt } = context;
    if (value instanceof Error) throw value; // to failed
    const later = value instanceof Promise ? context.settled(value) : undefined;
    if (later) return later; // "return context" would be one of those texts
    const status = statusOf(value, set.status);
    const answer = status < 400 ? undefined : asProblem(value, set.headers, status, { path, requestId });
    const route = context.route || UNMATCHED;
    if (route === DOCUMENT) return answer;
    const seconds = (performance.now() - startedAt) / 1000;
    const { method } = request;
    const labels = metrics.record(route, METHODS.has(method) ? method : "other", status, seconds);
    if (PROBES.has(route)) return answer;
    const user = request.headers.get("x-authenticated-user"); // from the gateway's verifier
    const who = user === null ? "" : `"user":${JSON.stringify(user)},`;
    const members = `${who}${labels},"duration_ms":${(seconds * 1000).toFixed(3)}`;
    logMembers("info", "request", `"request_id":"${requestId}","worker":${quotedName},${members}`);
    return answer;
  }

  /** For a promise that Elysia does not await: it looks for `await` and calls in `return` in the handler's text. */
  async function settled(this: Context, value: Promise<unknown>): Promise<Response> {
    try {
      this.responseValue = await value;
    } catch (error) {
      this.error = error;
      this.code = Object(error).code;
      this.responseValue = failed(this);
    }
    return (await answered(this)) ?? (this.responseValue as Response); // Elysia makes one of any value
  }

  return { failed, answered, settled };
}
