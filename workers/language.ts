import { t } from "elysia";
import { francAll } from "franc-min";
import { problemResponses, serve, Text, withExample, worker } from "./runtime/index.ts";

const MAX_GUESSES = 5;
const EXAMPLE = "Wie spät ist es, und wo fährt der Zug ab?";
const code = t.String({ pattern: "^[a-z]{3}$", examples: ["eng"] });
const Guess = t.Object({ language: code, score: t.Number({ minimum: 0, maximum: 1 }) });

/** ISO 639-3 codes, the most likely first; "und" (undetermined) for a text that is too short. */
function identify(text: string) {
  const guesses = francAll(text).slice(0, MAX_GUESSES);
  const all = guesses.map(([language, score]) => ({ language, score }));
  return { language: all[0]?.language ?? "und", guesses: all };
}

export const app = worker("language", {
  description: "The language a text is written in, told by its letter trigrams.",
  pure: true,
  warmUp: () => identify("The quick brown fox jumps over the lazy dog"),
}).post("/language", ({ body }) => identify(body.text), {
  body: t.Object({ text: Text(5000, { examples: [EXAMPLE] }) }),
  response: {
    200: withExample(
      t.Object({ language: code, guesses: t.Array(Guess, { maxItems: MAX_GUESSES }) }),
      identify(EXAMPLE),
    ),
    ...problemResponses,
  },
  detail: { summary: "Identify the language of a text" },
});

if (import.meta.main) serve(app);
