// v1's POST /predict on plain Elysia, to find what the runtime of a worker costs: no request log, metrics, request id or
// problem documents. SCHEMA=no: nor validation of request and answer.
import { Elysia } from "elysia";
import { loadModel } from "../../model/index.ts";
import { Prediction, SentenceBody } from "../../workers/schemas/emotion.ts";

const model = loadModel();
const predict = (sentence: string) => ({ "prediction value": model.predict(sentence).label });

const app = new Elysia({ serve: { idleTimeout: 75 } }).get("/readyz", () => ({ status: "ready" }));
if (process.env["SCHEMA"] === "no") {
  app.post("/predict", ({ body }) => predict((body as { sentence: string }).sentence));
} else {
  app.post("/predict", ({ body }) => predict(body.sentence), {
    body: SentenceBody,
    response: { 200: Prediction },
  });
}
app.listen({ hostname: "127.0.0.1", port: Number(process.env["PORT"]) });
