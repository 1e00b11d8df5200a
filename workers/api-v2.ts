import { t } from "elysia";
import { loadModel, valence } from "../model/index.ts";
import { type Metrics, problemResponses, serve, withExample, worker } from "./runtime/index.ts";
import { BatchBody, EXAMPLES, ExplainedPrediction, SentenceBody } from "./schemas/emotion.ts";

const STRONGEST = 8;
const model = loadModel();

function explain(sentence: string) {
  const started = performance.now();
  const { label, probabilities, tokens } = model.explain(sentence);
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
}

function example(sentence: string) {
  const answer = explain(sentence);
  return { ...answer, debug: { ...answer.debug, duration_ms: 0.05 } }; // a document must be the same in every run
}

function answer(metrics: Metrics, sentence: string) {
  const explained = explain(sentence);
  metrics.predictions.inc({ label: explained["prediction value"] });
  return explained;
}

export const app = worker("api-v2", {
  description: "The emotion a short English text expresses, and why the model thinks so.",
  pure: true,
  selectedBy: {
    header: "X-Experiment-Group",
    value: "debug",
    description: "answers with the probability of each emotion and the words that moved the decision",
  },
  modelVersion: model.version,
  warmUp: () => explain("ready to answer"),
})
  .post("/predict", ({ body, metrics }) => answer(metrics, body.sentence), {
    body: SentenceBody,
    response: { 200: withExample(ExplainedPrediction, example(EXAMPLES[0])), ...problemResponses },
    detail: { tags: ["emotion"], summary: "Predict the emotion of one sentence, with reasons" },
  })
  .post(
    "/predict/batch",
    ({ body, metrics }) => ({ predictions: body.sentences.map((sentence) => answer(metrics, sentence)) }),
    {
      body: BatchBody,
      response: {
        200: withExample(t.Object({ predictions: t.Array(ExplainedPrediction) }), {
          predictions: EXAMPLES.map(example),
        }),
        ...problemResponses,
      },
      detail: { tags: ["emotion"], summary: "Predict the emotions of up to 256 sentences, with reasons" },
    },
  );

if (import.meta.main) serve(app);
