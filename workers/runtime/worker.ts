import { Elysia } from "elysia";
import { Registry } from "prom-client";
import { version } from "../../package.json" with { type: "json" };
import { readJson } from "./body.ts";
import { docs, routeDetail } from "./docs.ts";
import { UNSUPPORTED_TYPE } from "./errors.ts";
import { answerHooks, logFailure } from "./hooks.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { Routed } from "./methods.ts";
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
const JSON_TYPE = /^application\/json\s*(;|$)/i;

/** The client's X-Request-ID if it is valid, a generated one otherwise. */
function requestId(headers: Headers): string {
  const own = headers.get("x-request-id");
  return own !== null && VALID_ID.test(own) ? own : crypto.randomUUID().replaceAll("-", "");
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
  const registry = new Registry();
  registry.setDefaultLabels({ worker: name, replica });
  const metrics = standardMetrics(registry);
  metrics.build.set({ version, bun: Bun.version }, 1);
  metrics.start.set(performance.timeOrigin / 1000);
  metrics.deployed.set(Number(process.env["created_at"] ?? 0) / 1000); // a variable that pm2 sets
  if (options.modelVersion) metrics.model.set({ model_version: options.modelVersion }, 1);
  const lifecycle = new Lifecycle();
  const hooks = answerHooks(servedBy, metrics.answers, self);

  // Any object makes Elysia compile every route when it listens; `true` would also compile them when they are added.
  const app = new Elysia({
    name,
    detail: routeDetail(name),
    aot: true,
    strictPath: true, // "/x/" is another path than "/x", as it is for the gateway's rules
    precompile: { compose: false, schema: false },
    serve: { error: lastResort },
  })
    .decorate({ startedAt: 0, requestId: "", settled: hooks.settled, metrics, lifecycle })
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
    .onError(hooks.failed)
    // Not onAfterResponse: it runs in the next turn of the event loop, which costs a timer and adds to the duration.
    .mapResponse(hooks.answered)
    .use(docs(name, options.description, options.selectedBy, () => self().routes))
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

  function self(): Routed {
    return app;
  }

  return app;
}

export type Worker = ReturnType<typeof worker>;
