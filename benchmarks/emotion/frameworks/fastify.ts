// POST /predict as v1 has it, on Fastify: https://fastify.dev/docs/latest/
import { randomUUID } from "node:crypto";
import responseValidation from "@fastify/response-validation";
import Fastify, { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { Counter, Histogram } from "prom-client";
import {
  CHECKED,
  HOST,
  LABELS,
  type Line,
  log,
  PORT,
  PROBLEM_TYPE,
  predict,
  problem,
  registry,
} from "./shared.ts";

const labelNames = ["method", "route", "status"] as const;
const registers = [registry];
const requests = new Counter({
  name: "http_requests_total",
  help: "Requests answered.",
  labelNames,
  registers,
});
const durations = new Histogram({
  name: "http_request_duration_seconds",
  help: "Time from a request to its answer.",
  labelNames,
  registers,
});

/** One line a request. */
class RequestLog extends LogController {
  override incomingRequest() {}
  override requestCompleted(_: Error | null, request: FastifyRequest, reply: FastifyReply) {
    const line: Line = {
      user: request.headers["x-authenticated-user"],
      method: request.method,
      route: request.routeOptions.url,
      status: reply.statusCode,
      duration_ms: reply.elapsedTime,
    };
    request.log.info(line, "request");
  }
}

const app = Fastify({
  loggerInstance: log,
  logController: new RequestLog({ requestIdLogLabel: "request_id" }),
  requestIdHeader: "x-request-id",
  genReqId: () => randomUUID(),
  ajv: { customOptions: { coerceTypes: false } }, // v1 refuses a number as sentence
});

app.addHook("onRequest", (request, reply, done) => {
  reply.header("x-request-id", request.id);
  done();
});
app.addHook("onResponse", (request, reply, done) => {
  const labels = { method: request.method, route: request.routeOptions.url ?? "", status: reply.statusCode };
  requests.inc(labels);
  durations.observe(labels, reply.elapsedTime / 1000);
  done();
});
app.setErrorHandler(
  (error: { validation?: unknown; statusCode?: number; message: string }, request, reply) => {
    const status = error.validation ? 422 : (error.statusCode ?? 500);
    return reply
      .code(status)
      .type(PROBLEM_TYPE)
      .send(problem(status, error.message, request.id));
  },
);
if (CHECKED) await app.register(responseValidation);

const body = {
  type: "object",
  required: ["sentence"],
  // \S: a character that trim() keeps
  properties: { sentence: { type: "string", minLength: 1, maxLength: 5000, pattern: "\\S" } },
};
const answer = {
  type: "object",
  required: ["prediction value"],
  properties: { "prediction value": { type: "string", enum: LABELS } },
};
app.post<{ Body: { sentence: string } }>(
  "/predict",
  { schema: { body, response: { 200: answer } } },
  async (request) => predict(request.body.sentence),
);
app.get("/readyz", async () => ({ status: "ready" }));
app.get("/metrics", async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
await app.listen({ host: HOST, port: PORT });
