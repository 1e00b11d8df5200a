import { t } from "elysia";
import { loadModel } from "../model/index.ts";
import { type Metrics, problemResponses, serve, withExample, worker } from "./runtime/index.ts";
import { BatchBody, EXAMPLES, Prediction, SentenceBody } from "./schemas/emotion.ts";

const model = loadModel();
const predict = (sentence: string) => ({ "prediction value": model.predict(sentence).label });

function answer(metrics: Metrics, sentence: string) {
  const prediction = predict(sentence);
  metrics.predictions.inc({ label: prediction["prediction value"] });
  return prediction;
}

export const app = worker("api-v1", {
  description: "The emotion a short English text expresses.",
  pure: true,
  modelVersion: model.version,
  warmUp: () => predict("ready to answer"),
})
  .post("/predict", ({ body, metrics }) => answer(metrics, body.sentence), {
    body: SentenceBody,
    response: { 200: withExample(Prediction, predict(EXAMPLES[0])), ...problemResponses },
    detail: { tags: ["emotion"], summary: "Predict the emotion of one sentence" },
  })
  .post(
    "/predict/batch",
    ({ body, metrics }) => ({ predictions: body.sentences.map((sentence) => answer(metrics, sentence)) }),
    {
      body: BatchBody,
      response: {
        200: withExample(t.Object({ predictions: t.Array(Prediction) }), {
          predictions: EXAMPLES.map(predict),
        }),
        ...problemResponses,
      },
      detail: { tags: ["emotion"], summary: "Predict the emotions of up to 256 sentences" },
    },
  );

if (import.meta.main) serve(app);
