// The worker of the platform's tests: the scaffold's, with a batch path.
import { t } from "elysia";
import { problemResponses, serve, Text, withExample, worker } from "./index.ts";
import type { Selector } from "./openapi/document.ts";

const MAX_BATCH = 256;
const EXAMPLES = ["Hello, world", "Good night"];
const Characters = t.Object({ characters: t.Integer({ minimum: 0 }) });

const count = (text: string) => ({ characters: [...text.trim()].length });

/** Serves `POST /echo` and `POST /echo/batch`; `selectedBy` makes it a version of these paths. */
export function testWorker(name: string, selectedBy?: Selector) {
  const text = Text(5000, { description: "The text to count.", examples: EXAMPLES });
  const texts = t.Array(text, { minItems: 1, maxItems: MAX_BATCH, examples: [EXAMPLES] });
  return worker(name, {
    description: "Counts the characters of a text.",
    pure: true,
    ...(selectedBy && { selectedBy }),
  })
    .post("/echo", ({ body }) => count(body.text), {
      body: t.Object({ text }),
      response: { 200: withExample(Characters, count("Hello, world")), ...problemResponses },
      detail: { summary: "Count the characters of a text" },
    })
    .post("/echo/batch", ({ body }) => ({ answers: body.texts.map(count) }), {
      body: t.Object({ texts }),
      response: {
        200: withExample(t.Object({ answers: t.Array(Characters) }), { answers: EXAMPLES.map(count) }),
        ...problemResponses,
      },
      detail: { summary: "Count the characters of up to 256 texts" },
    });
}

if (import.meta.main) serve(testWorker("echo"));
