import { t } from "elysia";
import { loadModel } from "../model/index.ts";
import { problemResponses, serve, worker } from "./runtime/index.ts";
import { BatchBody, Prediction, SentenceBody } from "./schemas/emotion.ts";

const model = loadModel();

export const app = worker("api-v1", {
  description: "The emotion a short English text expresses.",
  modelVersion: model.version,
  warmUp: () => model.predict("ready to answer"),
})
  .derive(({ metrics }) => ({
    answer(sentence: string) {
      const { label } = model.predict(sentence);
      metrics.predictions.inc({ label });
      return { "prediction value": label };
    },
  }))
  .post("/predict", ({ body, answer }) => answer(body.sentence), {
    body: SentenceBody,
    response: { 200: Prediction, ...problemResponses },
    detail: { summary: "Predict the emotion of one sentence" },
  })
  .post("/predict/batch", ({ body, answer }) => ({ predictions: body.sentences.map(answer) }), {
    body: BatchBody,
    response: { 200: t.Object({ predictions: t.Array(Prediction) }), ...problemResponses },
    detail: { summary: "Predict the emotions of up to 256 sentences" },
  });

if (import.meta.main) serve(app);
