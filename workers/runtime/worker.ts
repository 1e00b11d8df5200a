import { Elysia, ElysiaStatus } from "elysia";
import { Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };
import { asProblem, statusOf } from "./answers.ts";
import { readJson } from "./body.ts";
import { DOCUMENT, docs, routeDetail } from "./docs.ts";
import { toProblem, UNSUPPORTED_TYPE } from "./errors.ts";
import { Lifecycle } from "./lifecycle.ts";
import { log, logMembers } from "./log.ts";
import { methodsOf } from "./methods.ts";
import type { Selector } from "./openapi/document.ts";
import { PROBLEM_TYPE, Problem, problemDetails } from "./problem.ts";
import { replicaName } from "./settings.ts";
import { standardMetrics } from "./standard-metrics.ts";

export interface WorkerOptions {
  /** Description in the OpenAPI document. */
  description: string;
  /** The request header that selects this worker on a shared path. */
  selectedBy?: Selector;
  /** Runs once before the worker is ready: compute one real answer here. */
  warmUp?: () => unknown;
  /** Version of the model, if there is one; exported as `model_info`. */
  modelVersion?: string;
}

const VALID_ID = /^[A-Za-z0-9._-]{1,128}$/;
const UNMATCHED = "(unmatched)";
const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const PROBES = new Set(["/livez", "/readyz", "/metrics"]);
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** The client's X-Request-ID if it is valid, a generated one otherwise. */
function requestId(headers: Headers): string {
  const own = headers.get("x-request-id");
  return own !== null && VALID_ID.test(own) ? own : crypto.randomUUID().replaceAll("-", "");
}

function logFailure(error: unknown, requestId: string): void {
  const stack = error instanceof Error ? error.stack : `thrown: ${String(error)}`;
  log("error", "unhandled error", { request_id: requestId, stack });
}

/** The answer where Elysia itself throws: for `throw null` it does. */
function lastResort(error: unknown): Response {
  const id = requestId(new Headers());
  logFailure(error, id);
  const headers = { "content-type": PROBLEM_TYPE, "x-request-id": id };
  return new Response(JSON.stringify(problemDetails(new Problem(500), "", id)), { status: 500, headers });
}

/**
 * An Elysia app with probes, metrics, request ids, problem+json errors, an access log and an OpenAPI document. Add
 * routes and pass it to {@link serve}.
 */
export function worker(name: string, options: WorkerOptions) {
  const replica = replicaName();
  const servedBy = `${name}/${replica}`;
  const quotedName = JSON.stringify(servedBy);
  const registry = new Registry();
  registry.setDefaultLabels({ worker: name, replica });
  const metrics = standardMetrics(registry);
  metrics.build.set({ version: packageJson.version, bun: Bun.version }, 1);
  metrics.start.set(performance.timeOrigin / 1000);
  if (options.modelVersion) metrics.model.set({ model_version: options.modelVersion }, 1);
  const lifecycle = new Lifecycle();

  // Any object makes Elysia compile every route when it listens; `true` would also compile them when they are added.
  const app = new Elysia({
    name,
    detail: routeDetail(name),
    aot: true,
    precompile: { compose: false, schema: false },
    serve: { error: lastResort },
  })
    .decorate({ startedAt: 0, requestId: "", metrics, lifecycle })
    .onRequest((context) => {
      context.startedAt = performance.now();
      context.requestId = requestId(context.request.headers);
      context.set.headers["x-request-id"] = context.requestId;
      context.set.headers["x-served-by"] = servedBy;
      if (lifecycle.phase === "draining") context.set.headers["connection"] = "close";
    })
    .onParse(({ request }) => {
      // Elysia's contentType is empty for an empty body, which is no error before the schema is checked.
      if (JSON_TYPE.test(request.headers.get("content-type") ?? "")) return readJson(request);
      if (request.body === null) return undefined;
      throw UNSUPPORTED_TYPE;
    })
    .onError((context) => {
      const thrown: unknown = context.error;
      if (thrown instanceof ElysiaStatus || thrown instanceof Response) return thrown; // as if it was returned
      const { url } = context.request;
      let problem = toProblem(context.code, thrown, { url, status: context.set.status });
      if (context.code === "NOT_FOUND" && !context.route) {
        const others = otherMethods(context.path);
        if (others) {
          context.route = others.route; // for the metrics
          problem = new Problem(405, undefined, undefined, { allow: others.methods.join(", ") });
        }
      }
      if (problem.status === 500) logFailure(thrown, context.requestId);
      context.set.status = problem.status;
      Object.assign(context.set.headers, problem.headers, { "content-type": PROBLEM_TYPE });
      return JSON.stringify(problemDetails(problem, context.path, context.requestId));
    })
    // Not onAfterResponse: it runs in the next turn of the event loop, which costs a timer and adds to the duration.
    .mapResponse((context) => {
      const { responseValue: value, set, path, requestId, request, startedAt } = context;
      if (value instanceof Error) throw value; // to onError
      const status = statusOf(value, set.status);
      const answer = status < 400 ? undefined : asProblem(value, set.headers, status, { path, requestId });
      const route = context.route || UNMATCHED;
      if (route === DOCUMENT) return answer;
      const seconds = (performance.now() - startedAt) / 1000;
      const { method } = request;
      const labels = metrics.answers.record(route, METHODS.has(method) ? method : "other", status, seconds);
      if (PROBES.has(route)) return answer;
      const user = request.headers.get("x-authenticated-user"); // from the gateway's verifier
      const who = user === null ? "" : `"user":${JSON.stringify(user)},`;
      const members = `${who}${labels},"duration_ms":${(seconds * 1000).toFixed(3)}`;
      logMembers("info", "request", `"request_id":"${requestId}","worker":${quotedName},${members}`);
      return answer;
    })
    .use(docs(name, options.description, options.selectedBy))
    .get("/livez", () => ({ status: "alive" }), { detail: { hide: true } })
    .get(
      "/readyz",
      () => {
        if (lifecycle.phase !== "ready") throw new Problem(503, `The worker is ${lifecycle.phase}.`);
        return { status: "ready" };
      },
      { detail: { hide: true } },
    )
    .get(
      "/metrics",
      async ({ set }) => {
        metrics.inFlight.set(Math.max(0, (app.server?.pendingRequests ?? 0) - 1)); // without this scrape
        set.headers["content-type"] = registry.contentType;
        return registry.metrics();
      },
      { detail: { hide: true } },
    )
    .onStart(async () => {
      await lifecycle.start(options.warmUp ?? (() => undefined));
      metrics.boot.set((Date.now() - performance.timeOrigin) / 1000);
    });

  const otherMethods = methodsOf(app);

  return app;
}

export type Worker = ReturnType<typeof worker>;
