import { type Context as ElysiaContext, ElysiaStatus, NotFoundError, ParseError } from "elysia";
import type { Make } from "./adapter.ts";
import { asProblem, existing, isProblem, sendable, statusOf } from "./answers.ts";
import { type Answering, type Context, logFailure, type Recorded, requestIdOf } from "./context.ts";
import type { ByPart } from "./decoded.ts";
import { DOCUMENT } from "./docs.ts";
import { toProblem } from "./errors.ts";
import { logMembers } from "./log.ts";
import { methodsOf, type Routed } from "./methods.ts";
import { PROBLEM_TYPE, Problem, problemDetails } from "./problem.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { PAIRS_PATH } from "./shadow/contract.ts";
import { MAX_ANSWER } from "./shadow/pair.ts";
import type { Recorder } from "./shadow/recorder.ts";
import { PARTS } from "./violations.ts";

const UNMATCHED = "(unmatched)";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
export const PROBES = new Set(["/livez", "/readyz", "/metrics", PAIRS_PATH]);

/** What runs, which every answer says. */
interface Origin {
  servedBy: string;
  version: string;
}

/** A Response, stream or generator of the handler's own, or a large file. */
const isOwnAnswer = (value: unknown) =>
  value instanceof Response ||
  value instanceof ReadableStream ||
  (value instanceof Blob && value.size > MAX_ANSWER) ||
  (typeof value === "object" &&
    value !== null &&
    (Symbol.asyncIterator in value || typeof (value as { next?: unknown }).next === "function"));

type Next = (context: Context, value: unknown) => unknown;

/**
 * What a worker does with an error, and with every answer: makes a problem document, counts and logs it. Elysia reads a
 * hook's text: where it names a part of the request, or returns or passes `context`, parts are parsed for every request.
 */
export function answerHooks(
  { servedBy, version }: Origin,
  metrics: RequestMetrics,
  app: () => Routed,
  recorder?: Recorder,
) {
  const quotedName = JSON.stringify(servedBy);
  const otherMethods = methodsOf(() => {
    const { routes, router } = app();
    return { router, routes: routes.filter(({ method }) => method !== "WS") }; // no method of HTTP
  });

  /** 405 with `Allow` for a path that has other methods (RFC 9110, 15.5.6). */
  const wrongMethod = (methods: string[]) =>
    new Problem(405, undefined, undefined, { allow: methods.join(", ") });

  /** The text of a problem, or what was thrown to be returned. */
  function failed(given: Context) {
    const { error: thrown, set, route, request, path } = given;
    const context = (set.context ?? given) as Context; // a route's mapResolve replaces it
    const error = thrown instanceof ParseError ? (thrown.cause ?? thrown) : thrown;
    if (error instanceof ElysiaStatus || error instanceof Response) return error;
    const others = error instanceof NotFoundError && !route ? otherMethods(path) : undefined;
    if (others) context.route = others.route; // for the metrics
    const values = Object.fromEntries(PARTS.map((part) => [part, (context as ByPart)[part]]));
    const schemas = () =>
      app().routes.find((each) => each.path === route && each.method === request.method)?.hooks;
    const problem = others
      ? wrongMethod(others.methods)
      : toProblem(thrown, { hasBody: request.body !== null, status: set.status, schemas, values });
    if (problem.status === 500) {
      logFailure(thrown, context.requestId);
      set.headers = sendable(set.headers);
    }
    set.status = problem.status;
    Object.assign(set.headers, problem.headers, { "content-type": PROBLEM_TYPE });
    return JSON.stringify(problemDetails(problem, path, context.requestId));
  }

  function record({ requestId, route: pattern, request, startedAt }: Recorded, status: number): void {
    const route = pattern || UNMATCHED;
    if (route === DOCUMENT) return;
    const seconds = (performance.now() - startedAt) / 1000;
    const { method } = request;
    const labels = metrics.record(route, METHODS.has(method) ? method : "other", status, seconds);
    if (PROBES.has(route)) return;
    const user = request.headers.get("x-authenticated-user"); // from the gateway's verifier
    const who = user === null ? "" : `"user":${JSON.stringify(user)},`;
    const members = `${who}${labels},"duration_ms":${(seconds * 1000).toFixed(3)}`;
    logMembers("info", "request", `"request_id":"${requestId}","worker":${quotedName},${members}`);
  }

  /** Whether the headers are those that a request starts with. */
  function untouched(headers: Record<string, unknown>): boolean {
    let names = 0;
    for (const _ in headers) names++;
    return (
      names === 3 &&
      headers["x-request-id"] !== undefined &&
      headers["x-served-by"] === servedBy &&
      headers["x-version"] === version
    );
  }

  /** On the finished answer, so that no handler can remove or replace them. */
  function signed(response: Response): Response {
    response.headers.set("x-served-by", servedBy);
    response.headers.set("x-version", version);
    return response;
  }

  /** Makes a context's answers: problem documents of errors, each recorded once with the status the client gets. */
  function answer(make: Make, early: boolean): Make {
    const sent = (context: Context, response: unknown): unknown => {
      if (!(response instanceof Response)) return response;
      record(context, response.status);
      if (context.sampled) recorder?.record(context.sampled, context, response);
      return signed(response);
    };

    const finish = (context: Context, response: unknown): unknown => {
      if (!(response instanceof Response) || response.status < 400 || isProblem(response)) {
        return sent(context, response);
      }
      void response.body?.cancel(); // a stream whose generator has set the status
      const { status, headers } = response;
      const bare = new Response(null, { status, headers });
      return Promise.resolve(asProblem(bare, {}, status, context)).then((problem) => sent(context, problem));
    };

    const send = (context: Context, value: unknown): unknown => {
      const { set, request } = context;
      const response = make(value, set as ElysiaContext["set"], request);
      if (!(response instanceof Promise)) return finish(context, response);
      return response.then(
        (made) => finish(context, made),
        (error) => recover(context, error),
      );
    };

    const recover = (context: Context, error: unknown): unknown => {
      context.error = error;
      return begin(context, failed(context));
    };

    /** For a promise that Elysia does not await, and answers that are made later. */
    const settled = async (context: Context, value: Promise<unknown>, next: Next): Promise<unknown> => {
      try {
        return await next(context, await value);
      } catch (error) {
        return await recover(context, error);
      }
    };

    const begin = (context: Context, value: unknown): unknown => {
      if (value instanceof Error) throw value; // to failed
      if (context.sampled && isOwnAnswer(value)) context.sampled.ownAnswer = true;
      if (value instanceof Promise) return settled(context, value, begin);
      const status = statusOf(value, context.set.status);
      if (status >= 400) {
        const problem = asProblem(value, context.set.headers, status, context);
        return problem instanceof Promise ? settled(context, problem, send) : send(context, problem);
      }
      if (value instanceof Blob && "exists" in value) return settled(context, existing(value), send);
      return send(context, value);
    };

    return (value, set, request) => {
      const context = (set as Answering).context as Context | undefined;
      const nothing = early && value === undefined; // the hook's that runs before the handler
      if (context === undefined || nothing) return make(value, set, request);
      // Most answers; the same as below, without what is only for others.
      const simple = set.status === 200 && (value as object | undefined)?.constructor === Object;
      if (!simple || !untouched(set.headers)) return begin(context, value);
      const response = make(value, set, request);
      record(context, 200);
      if (context.sampled) recorder?.record(context.sampled, context, response as Response);
      return response;
    };
  }

  /**
   * Answers where Elysia or Bun throws, which tell nothing of the request: for `throw null`, an error in a route's own
   * `mapResponse`, and a Response of a file that does not exist, which was recorded already.
   */
  function lastResort(error: unknown): Response {
    const request = { method: "unknown", headers: new Headers() }; // counted as "other"
    const requestId = requestIdOf(request.headers);
    logFailure(error, requestId);
    const { code } = Object(error) as { code?: unknown };
    if (code !== "ENOENT") record({ request, requestId, startedAt: performance.now() }, 500);
    const headers = { "content-type": PROBLEM_TYPE, "x-request-id": requestId };
    const problem = problemDetails(new Problem(500), "/", requestId);
    return signed(new Response(JSON.stringify(problem), { status: 500, headers }));
  }

  return { failed, answer, lastResort };
}
