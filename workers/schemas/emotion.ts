import { t } from "elysia";
import { LABELS } from "../../model/index.ts";
import { Text } from "../runtime/index.ts";

/** What the documents show and the tests send; their answers are computed, so they are never out of date. */
export const EXAMPLES = ["I love this, thank you so much!", "I'm so worried about tomorrow"] as const;

const Sentence = Text(5000, {
  description: "The text, 1 to 5,000 characters after trimming.",
  examples: [EXAMPLES[0]],
});

export const SentenceBody = t.Object(
  { sentence: Sentence },
  { title: "Sentence", examples: [{ sentence: EXAMPLES[0] }] },
);

export const BatchBody = t.Object(
  {
    sentences: t.Array(Sentence, {
      minItems: 1,
      maxItems: 256,
      description: "1 to 256 texts; the answer keeps their order.",
    }),
  },
  { title: "Sentences", examples: [{ sentences: EXAMPLES }] },
);

const Label = t.UnionEnum(LABELS, {
  title: "Label",
  description: `One of the ${LABELS.length} labels of the model.`,
});
const probability = t.Number({ minimum: 0, maximum: 1 });
const words = (description: string) => t.Unsafe<readonly string[]>(t.Array(t.String(), { description }));

/** What v1 answers. */
export const Prediction = t.Object(
  { "prediction value": Label },
  { title: "Prediction", description: "The most probable label." },
);

const Valence = t.Object(
  {
    score: t.Number({ description: "Sum of the words' valences, -5 to 5 each." }),
    comparative: t.Number({ description: "The score per word." }),
    positive: words("The words that count as positive."),
    negative: words("The words that count as negative."),
  },
  { description: "Polarity by word list (the `sentiment` package)." },
);

const Contribution = t.Object({
  token: t.String({ description: "As it stands in the sentence." }),
  start: t.Integer({ minimum: 0, description: "Offset of its first UTF-16 unit." }),
  end: t.Integer({ minimum: 0, description: "Offset after its last." }),
  contribution: t.Number({ description: "To the predicted label's logit; negative spoke against it." }),
});

/** What v2 answers: v1's answer and what led to it. */
export const ExplainedPrediction = t.Object(
  {
    "prediction value": Label,
    prediction_proba_dict: t.Object(Object.fromEntries(LABELS.map((label) => [label, probability])), {
      description: "The probability of each label; together 1.",
    }),
    debug: t.Object({
      valence: Valence,
      contributions: t.Array(Contribution, {
        maxItems: 8,
        description: "The words that moved the decision most, the strongest first.",
      }),
      model_version: t.String(),
      duration_ms: t.Number({ minimum: 0, description: "Time spent in the model.", "x-compare": "ignore" }),
    }),
  },
  { title: "ExplainedPrediction", description: "The most probable label, and why." },
);
