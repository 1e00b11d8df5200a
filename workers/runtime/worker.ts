import { Elysia } from "elysia";
import { Registry } from "prom-client";
import packageJson from "../../package.json" with { type: "json" };
import { readJson } from "./body.ts";
import { docs, routeDetail } from "./docs.ts";
import { toProblem, UNSUPPORTED_TYPE } from "./errors.ts";
import { Lifecycle } from "./lifecycle.ts";
import { log, logMembers } from "./log.ts";
import type { Selector } from "./openapi/document.ts";
import { Problem, problemDetails } from "./problem.ts";
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
  metrics.deployed.set(Number(process.env["created_at"] ?? 0) / 1000); // a variable that pm2 sets
  if (options.modelVersion) metrics.model.set({ model_version: options.modelVersion }, 1);
  const lifecycle = new Lifecycle();

  // Any object makes Elysia compile every route when it listens; `true` would also compile them when they are added.
  const app = new Elysia({
    name,
    detail: routeDetail(name),
    aot: true,
    precompile: { compose: false, schema: false },
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
      // Elysia's contentType is empty for an empty body, which is malformed JSON (400), not another type (415).
      if (!JSON_TYPE.test(request.headers.get("content-type") ?? "")) throw UNSUPPORTED_TYPE;
      return readJson(request);
    })
    .onError((context) => {
      let problem = toProblem(context.code, context.error);
      if (problem.status === 404) problem = allowedElsewhere(context.request.method, context.path) ?? problem;
      if (problem.status === 500) {
        const { stack } = context.error as Error;
        log("error", "unhandled error", { request_id: context.requestId, stack });
      }
      context.set.status = problem.status;
      Object.assign(context.set.headers, problem.headers, { "content-type": "application/problem+json" });
      return JSON.stringify(problemDetails(problem, context.path, context.requestId));
    })
    // Not onAfterResponse: it runs in the next turn of the event loop, which costs a timer and adds to the duration.
    .mapResponse((context) => {
      const route = context.route || UNMATCHED;
      const seconds = (performance.now() - context.startedAt) / 1000;
      const { method } = context.request;
      const status = Number(context.set.status ?? 200);
      const answer = metrics.answers.record(route, METHODS.has(method) ? method : "other", status, seconds);
      if (PROBES.has(route)) return;
      const user = context.request.headers.get("x-authenticated-user"); // from the gateway's verifier
      const who = user === null ? "" : `"user":${JSON.stringify(user)},`;
      const members = `${who}${answer},"duration_ms":${(seconds * 1000).toFixed(3)}`;
      logMembers("info", "request", `"request_id":"${context.requestId}","worker":${quotedName},${members}`);
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

  /** 405 with `Allow` for a path that has other methods (RFC 9110, 15.5.6). */
  function allowedElsewhere(method: string, path: string): Problem | undefined {
    const allowed = app.routes.filter((route) => route.path === path).map((route) => route.method);
    if (allowed.length === 0 || allowed.includes(method)) return undefined;
    return new Problem(405, "This path does not answer that method.", undefined, {
      allow: allowed.join(", "),
    });
  }

  return app;
}

export type Worker = ReturnType<typeof worker>;
