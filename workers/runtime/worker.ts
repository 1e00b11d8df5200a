import { Elysia } from "elysia";
import { Registry } from "prom-client";
import { workerAdapter } from "./adapter.ts";
import { versionCheck } from "./asked-version.ts";
import { readJson } from "./body.ts";
import { type Answering, requestIdOf } from "./context.ts";
import { DOCUMENT, docs, ofPreview, routeDetail } from "./docs.ts";
import { UNSUPPORTED_TYPE } from "./errors.ts";
import { answerHooks, PROBES } from "./hooks.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { Routed } from "./methods.ts";
import type { Selector } from "./openapi/document.ts";
import { Problem } from "./problem.ts";
import { isPreview, replicaName, workerVersion } from "./settings.ts";
import { PAIRS_PATH, PASS_HEADER, passedMark } from "./shadow/contract.ts";
import { Recorder, type Sampled } from "./shadow/recorder.ts";
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
  /**
   * A request changes nothing, so it may be asked again, also of another version (`make shadow`). Its answer may differ, as a
   * random id or a time does.
   */
  pure?: boolean;
}

const JSON_TYPE = /^application\/json\s*(;|$)/i;
const FORM_TYPE = /^multipart\/form-data\s*;/i;

/** Whether a route's schema has a file, which only a form can carry. */
function acceptsFiles({ routes }: Routed, route: string): boolean {
  const body = routes.find(({ path, hooks }) => path === route && hooks.body)?.hooks.body;
  return JSON.stringify(body ?? "").includes('"format":"binary"');
}

/**
 * An Elysia app with probes, metrics, request ids, problem+json errors, an access log and an OpenAPI document. Add
 * routes and pass it to {@link serve}.
 */
export function worker(name: string, options: WorkerOptions) {
  const replica = replicaName();
  const version = workerVersion();
  const preview = isPreview();
  const label = preview ? `${name}.preview` : name;
  const about = {
    name: label,
    version,
    description: options.description,
    selectedBy: options.selectedBy,
    pure: options.pure,
  };
  const servedBy = `${label}/${replica}`;
  const registry = new Registry();
  registry.setDefaultLabels({ worker: label, replica });
  const metrics = standardMetrics(registry);
  metrics.build.set({ version, bun: Bun.version }, 1);
  metrics.start.set(performance.timeOrigin / 1000);
  metrics.deployed.set(Number(process.env["created_at"] ?? 0) / 1000); // a variable that pm2 sets
  if (options.modelVersion) metrics.model.set({ model_version: options.modelVersion }, 1);
  const lifecycle = new Lifecycle();
  const checkVersion = versionCheck(version, new Set([...PROBES, DOCUMENT]));
  const recorder = options.pure ? new Recorder(version) : undefined;
  const hooks = answerHooks({ servedBy, version }, metrics.answers, self, recorder);

  const parser = ({
    request,
    route,
    sampled,
  }: {
    request: Request;
    route: string;
    sampled?: Sampled | undefined;
  }) => {
    // Elysia's contentType is empty for an empty body, which is no error before the schema is checked.
    const type = request.headers.get("content-type") ?? "";
    if (JSON_TYPE.test(type)) return readJson(request, sampled);
    if (request.body === null || (FORM_TYPE.test(type) && acceptsFiles(self(), route))) return undefined;
    throw UNSUPPORTED_TYPE;
  };

  // Any object makes Elysia compile every route when it listens; `true` would also compile them when they are added.
  const app = new Elysia({
    name,
    detail: routeDetail(name),
    aot: true,
    strictPath: true, // "/x/" is another path than "/x", as it is for the gateway's rules
    precompile: { compose: false, schema: false },
    serve: { error: hooks.lastResort },
    adapter: workerAdapter(hooks.answer, parser),
  })
    .decorate({ startedAt: 0, requestId: "", sampled: undefined as Sampled | undefined, metrics, lifecycle })
    .onRequest((context) => {
      context.startedAt = performance.now();
      const sent = context.request.headers;
      context.requestId = requestIdOf(sent);
      context.set.headers["x-request-id"] = context.requestId;
      context.set.headers["x-served-by"] = servedBy; // for the answer that opens a WebSocket; others are signed
      context.set.headers["x-version"] = version;
      (context.set as Answering).context = context; // where Elysia makes an answer, `set` is all it passes
      if (lifecycle.phase === "draining") context.set.headers["connection"] = "close";
      if (recorder) context.sampled = recorder.sample(sent);
      const asked = sent.get("x-version");
      if (asked) checkVersion(asked, context.request.url); // empty is as if absent
    })
    .onParse(parser)
    .onError(hooks.failed)
    .use(docs(preview ? ofPreview(about) : about, () => self().routes))
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
        metrics.inFlight.set(Math.max(0, lifecycle.pending - 1)); // without this scrape
        set.headers["content-type"] = registry.contentType;
        return registry.metrics();
      },
      { detail: { hide: true } },
    )
    .get(
      PAIRS_PATH,
      ({ request, server }) => {
        const { pathname, search, searchParams } = new URL(request.url);
        const given = request.headers.get(PASS_HEADER) ?? "";
        const mark = recorder && passedMark(given, server?.port ?? 0, `${pathname}${search}`);
        const batch =
          mark && recorder.take(mark, searchParams.get("process") ?? "", Number(searchParams.get("after")));
        if (!batch) throw new Problem(404);
        return new Response(batch, { headers: { "content-type": "application/json" } });
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
