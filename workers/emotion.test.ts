import { describe, expect, test } from "bun:test";
import { LABELS } from "../model/index.ts";
import { app as v1 } from "./api-v1.ts";
import { app as v2 } from "./api-v2.ts";

function post(app: { handle(request: Request): Promise<Response> | Response }, path: string, body: unknown) {
  const headers = { "content-type": "application/json" };
  return app.handle(
    new Request(`http://localhost${path}`, { method: "POST", headers, body: JSON.stringify(body) }),
  );
}

interface Answer {
  "prediction value": string;
  prediction_proba_dict: Record<string, number>;
}

const answer = async (...args: Parameters<typeof post>) => (await (await post(...args)).json()) as Answer;

const SENTENCES = [
  "I love you",
  "so tired and sad today",
  "what?!",
  "😀😀😀",
  "ok",
  "\ud800",
  "שלום עולם",
  "a".repeat(5000),
];

describe("v2", () => {
  for (const sentence of SENTENCES) {
    test(`agrees with v1: ${sentence.slice(0, 20)}`, async () => {
      const short = await answer(v1, "/predict", { sentence });
      const long = await answer(v2, "/predict", { sentence });
      expect(Object.keys(short)).toEqual(["prediction value"]);
      expect(long["prediction value"]).toBe(short["prediction value"]);
      const probabilities = long.prediction_proba_dict;
      expect(Object.keys(probabilities).toSorted()).toEqual(LABELS.toSorted());
      expect(Object.values(probabilities).reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      expect(probabilities[long["prediction value"]]).toBe(Math.max(...Object.values(probabilities)));
    });
  }
});

describe("a batch", () => {
  test("has the answers of /predict, in order", async () => {
    const batch: unknown = await answer(v1, "/predict/batch", { sentences: SENTENCES });
    const single = await Promise.all(SENTENCES.map((sentence) => answer(v1, "/predict", { sentence })));
    expect(batch).toEqual({ predictions: single });
  });
  test("holds 1 to 256 sentences", async () => {
    const status = async (n: number) =>
      (await post(v1, "/predict/batch", { sentences: Array(n).fill("a") })).status;
    expect([await status(0), await status(256), await status(257)]).toEqual([422, 200, 422]);
  });
});
