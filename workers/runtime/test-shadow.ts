// A worker of the shadow's tests. Its environment makes it answer differently: CHANGED labels (0 to 1), SHIFT of a number,
// SLOW ms, BROKEN status, NOISE (labels that change at random).
import { t } from "elysia";
import { Problem, problemResponses, serve, worker } from "./index.ts";

const number = (name: string) => Number(process.env[name] ?? 0);
const LABELS = ["cold", "warm", "hot"] as const;
const probability = t.Number({ minimum: 0, maximum: 1 });

const Answer = t.Object({
  label: t.UnionEnum(LABELS),
  probabilities: t.Object(Object.fromEntries(LABELS.map((label) => [label, probability]))),
  degrees: t.Number({ "x-compare": { tolerance: 0.5 } }),
  note: t.String(),
  id: t.String({ format: "uuid" }),
  took_ms: t.Number({ "x-compare": "ignore" }),
  reason: t.Optional(t.String()),
});

function answer(degrees: number) {
  const index = degrees < 10 ? 0 : degrees < 20 ? 1 : 2;
  const isChanged =
    (Math.round(degrees * 10) * 7919) % 1000 < number("CHANGED") * 1000 || Math.random() < number("NOISE");
  const label = LABELS[isChanged ? (index + 1) % 3 : index]!;
  return {
    label,
    probabilities: Object.fromEntries(LABELS.map((one) => [one, one === label ? 0.8 : 0.1])),
    degrees: degrees + number("SHIFT"),
    note: `it is ${degrees}`,
    id: crypto.randomUUID(),
    took_ms: Math.random(),
    ...(process.env["REASON"] && { reason: "because" }),
  };
}

/** Text without an end. */
async function* endless() {
  for (;;) {
    yield "more ";
    await Bun.sleep(1);
  }
}

export const app = worker("weather", {
  description: "Says how warm it is.",
  pure: !process.env["IMPURE"],
}).post(
  "/weather",
  async ({ body }) => {
    await Bun.sleep(number("SLOW"));
    if (process.env["BROKEN"]) throw new Problem(number("BROKEN"));
    return answer(body.degrees);
  },
  {
    body: t.Object({ degrees: t.Number(), padding: t.Optional(t.String()) }),
    response: { 200: Answer, ...problemResponses },
  },
);

app
  .get("/weather/own", () => new Response("own", { headers: { "content-type": "text/plain" } }))
  .get("/weather/endless", () => endless())
  .get("/weather/file", ({ query }) => Bun.file(query["path"] ?? ""))
  .get("/weather/next", ({ set }) => {
    set.headers["x-a"] = "b";
    return { items: [1], next: "/2" };
  })
  .post(
    "/weather/words",
    ({ body }) => ({
      counts: Object.fromEntries(body.text.split(" ").map((word) => [word, Math.random()])),
      first: body.text.split(" ")[0] ?? "",
    }),
    {
      body: t.Object({ text: t.String() }),
      response: {
        200: t.Object({ counts: t.Any(), first: t.String({ "x-compare": "label" }) }),
        ...problemResponses,
      },
    },
  )
  .post(
    "/weather/echo",
    async ({ body }) => {
      await Bun.sleep(number("SLOW"));
      return body;
    },
    { body: t.Object({ text: t.String() }) },
  );

if (import.meta.main) serve(app);
