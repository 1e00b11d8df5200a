import { t } from "elysia";
import { loadModel, valence } from "../model/index.ts";
import { problemResponses, serve, worker } from "./runtime/index.ts";
import { BatchBody, ExplainedPrediction, SentenceBody } from "./schemas/emotion.ts";

const STRONGEST = 8;
const model = loadModel();

export const app = worker("api-v2", {
  description: "The emotion a short English text expresses, and why the model thinks so.",
  modelVersion: model.version,
  warmUp: () => model.explain("ready to answer"),
})
  .derive(({ metrics }) => ({
    answer(sentence: string) {
      const started = performance.now();
      const { label, probabilities, tokens } = model.explain(sentence);
      metrics.predictions.inc({ label });
      return {
        "prediction value": label,
        prediction_proba_dict: probabilities,
        debug: {
          valence: valence(sentence),
          contributions: tokens
            .toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution))
            .slice(0, STRONGEST),
          model_version: model.version,
          duration_ms: performance.now() - started,
        },
      };
    },
  }))
  .post("/predict", ({ body, answer }) => answer(body.sentence), {
    body: SentenceBody,
    response: { 200: ExplainedPrediction, ...problemResponses },
    detail: { summary: "Predict the emotion of one sentence, with reasons" },
  })
  .post("/predict/batch", ({ body, answer }) => ({ predictions: body.sentences.map(answer) }), {
    body: BatchBody,
    response: { 200: t.Object({ predictions: t.Array(ExplainedPrediction) }), ...problemResponses },
    detail: { summary: "Predict the emotions of up to 256 sentences, with reasons" },
  });

if (import.meta.main) serve(app);
