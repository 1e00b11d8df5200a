// What the servers on Fastify and Hono share: v1's model, its metric of predictions, and pino as the request log.
import { readFileSync } from "node:fs";
import pino from "pino";
import { Counter, Registry } from "prom-client";
import { LABELS, meta, parseModel } from "../../../model/index.ts";

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export const PORT = Number(given("PORT"));
export const HOST = "127.0.0.1";
/** Whether an answer is checked against its schema, as v1 does. */
export const CHECKED = process.env["ANSWERS"] === "checked";
export { LABELS };

const model = parseModel(readFileSync(given("ARTIFACT")), meta);
export const registry = new Registry();
const predictions = new Counter({
  name: "predictions_total",
  help: "Predictions made, by label.",
  labelNames: ["label"],
  registers: [registry],
});

export function predict(sentence: string) {
  const { label } = model.predict(sentence);
  predictions.inc({ label });
  return { "prediction value": label };
}

/** Asynchronous as in pino's documentation, and flushed as often as a worker's log. */
export const log = pino(
  { base: { worker: given("NAME") } },
  pino.destination({ dest: given("LOG_FILE"), sync: false, minLength: 4096, periodicFlush: 100 }),
);

/** The members of a request's line. */
export interface Line {
  user: unknown;
  method: string;
  route: string | undefined;
  status: number;
  duration_ms: number;
}

/** RFC 9457, as v1's errors. */
export const PROBLEM_TYPE = "application/problem+json";
export const problem = (status: number, title: string, id: string) =>
  JSON.stringify({ type: "about:blank", title, status, request_id: id });
