import { t } from "elysia";
import { LABELS } from "../../model/index.ts";
import { Text } from "../runtime/index.ts";

const Sentence = Text(5000, { description: "English text, 1 to 5,000 characters after trimming." });

export const SentenceBody = t.Object({ sentence: Sentence });
export const BatchBody = t.Object({ sentences: t.Array(Sentence, { minItems: 1, maxItems: 256 }) });

const EmotionLabel = t.UnionEnum([...LABELS]);
const probability = t.Number({ minimum: 0, maximum: 1 });
const words = t.Unsafe<readonly string[]>(t.Array(t.String()));

/** What v1 answers. */
export const Prediction = t.Object({ "prediction value": EmotionLabel });

/** What v2 answers: v1's answer and what led to it. */
export const ExplainedPrediction = t.Object({
  "prediction value": EmotionLabel,
  prediction_proba_dict: t.Object(Object.fromEntries(LABELS.map((label) => [label, probability]))),
  debug: t.Object({
    valence: t.Object({ score: t.Number(), comparative: t.Number(), positive: words, negative: words }),
    contributions: t.Array(
      t.Object({ token: t.String(), start: t.Integer(), end: t.Integer(), contribution: t.Number() }),
    ),
    model_version: t.String(),
    duration_ms: t.Number(),
  }),
});
