// POST /predict as v1 has it, on Hono: https://hono.dev/docs/
import { prometheus } from "@hono/prometheus";
import { sValidator } from "@hono/standard-validator";
import { type Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { type RequestIdVariables, requestId } from "hono/request-id";
import { routePath } from "hono/route";
import { z } from "zod";
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

const Body = z.object({ sentence: z.string().trim().min(1).max(5000) });
const Answer = z.object({ "prediction value": z.enum(LABELS) });
type Env = { Variables: RequestIdVariables };

const app = new Hono<Env>();
const { printMetrics, registerMetrics } = prometheus({ registry });
app.use(requestId());
app.use(registerMetrics);
app.use(async (c, next) => {
  const started = performance.now();
  await next();
  const line: Line = {
    user: c.req.header("x-authenticated-user"),
    method: c.req.method,
    route: routePath(c, -1),
    status: c.res.status,
    duration_ms: performance.now() - started,
  };
  log.info({ request_id: c.get("requestId"), ...line }, "request");
});

function refuse(c: Context<Env>, status: 400 | 422 | 500, title: string) {
  return c.body(problem(status, title, c.get("requestId")), status, { "content-type": PROBLEM_TYPE });
}
app.onError((error, c) => {
  const known = error instanceof HTTPException && error.status === 400;
  return known ? refuse(c, 400, error.message) : refuse(c, 500, "The server failed to answer.");
});

app.post(
  "/predict",
  sValidator("json", Body, (result, c) => {
    if (!result.success) return refuse(c as Context<Env>, 422, "The request does not match the schema.");
    return undefined;
  }),
  (c) => {
    const answer = predict(c.req.valid("json").sentence);
    return c.json(CHECKED ? Answer.parse(answer) : answer);
  },
);
app.get("/readyz", (c) => c.json({ status: "ready" }));
app.get("/metrics", printMetrics);
Bun.serve({ hostname: HOST, port: PORT, idleTimeout: 75, fetch: app.fetch });
