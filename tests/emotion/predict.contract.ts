// The contract of the emotion API at the running gateway: v1 by default, v2 by header, and both agree.
import { expect, test } from "bun:test";
import { LABELS, loadModel } from "../../model/index.ts";
import { basicAuth, gatewayUrl } from "../../ops/host/gateway-client.ts";
import { setting } from "../../ops/settings/project.ts";
import { ask } from "../contract/document.ts";

interface Prediction {
  "prediction value": string;
  prediction_proba_dict: Record<string, number>;
  debug: { valence: { positive: string[] }; contributions: unknown[] };
}

const SENTENCE = "I love this, thank you so much!";
const LABEL = loadModel().predict(SENTENCE).label;
const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));

async function post(path: string, body: unknown, extra: Record<string, string> = {}): Promise<unknown> {
  await Bun.sleep(150); // stays below the rate limit
  const headers = { "content-type": "application/json", authorization, ...extra };
  const answer = await ask(`${gatewayUrl()}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return answer.json();
}
const predict = (group?: string) =>
  post(
    "/predict",
    { sentence: SENTENCE },
    group === undefined ? {} : { "X-Experiment-Group": group },
  ) as Promise<Prediction>;

test("v1 answers with the prediction only", async () => {
  expect(await predict()).toEqual({ "prediction value": LABEL } as Prediction);
});

test("v2 agrees with v1, and explains", async () => {
  const { "prediction value": label, prediction_proba_dict: probabilities, debug } = await predict("debug");
  expect(label).toBe(LABEL);
  const values = Object.values(probabilities);
  expect(values.length).toBe(LABELS.length);
  expect(values.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
  expect(probabilities[label]).toBe(Math.max(...values));
  expect(debug.valence.positive).toContain("love");
  expect(debug.contributions.length).toBeGreaterThan(0);
});

for (const group of ["other", "DEBUG", "debugger"]) {
  test(`X-Experiment-Group: ${group} stays on v1`, async () => {
    expect(Object.keys(await predict(group))).toEqual(["prediction value"]);
  });
}

test("a batch answers in order", async () => {
  const sentences = [SENTENCE, "I'm so worried about tomorrow"];
  const single = [];
  for (const sentence of sentences) single.push(await post("/predict", { sentence }));
  expect(await post("/predict/batch", { sentences })).toEqual({ predictions: single });
});
