// Header split: every request of the debug group goes to v2, no other one does, and both versions predict the same label.
import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { settled, steady } from "./lib/settings.ts";
import { type Data, percent, report, value } from "./lib/summary.ts";
import { type Answer, common, isRefusal, post, requireTarget, servedBy } from "./lib/target.ts";

const SECONDS = 15;
const GROUP = "X-Experiment-Group";
/** Values similar to "debug": these, and a missing header, stay on v1. */
const OTHERS = ["", "DEBUG", "Debug", "debugger", "debug,debug", "control", "1"];

/** Short messages like those the model was trained on; none is from its data. */
const SENTENCES = [
  "I love this so much, thank you all!",
  "Stuck in traffic again and late for work",
  "just had the best pizza of my life",
  "I miss my grandmother every single day",
  "why is everybody so rude on the phone today",
  "so bored, nothing to do until dinner",
  "finally finished my exams, what a relief",
  "wow, did not expect snow in April",
  "my flight is delayed by four hours...",
  "good morning! coffee first, then everything else",
  "I am worried about the results tomorrow :(",
  "haha that video made my whole week",
  "happy birthday to the kindest person I know",
  "this update broke everything and nobody answers",
  "rain, tea and a good book",
  "the meeting is at three in the small room",
];

const predict = (sentence: string, headers: Record<string, string>) =>
  post("/predict", { sentence }, headers);

const debugOnV2 = new Rate("debug_on_v2");
const othersOnV2 = new Rate("others_on_v2");
const refused = new Rate("refused");
const agree = new Rate("same_label");

export const options: Options = {
  ...common,
  scenarios: {
    pairs: {
      executor: "constant-arrival-rate",
      startTime: `${settled}s`,
      duration: `${SECONDS}s`,
      rate: Math.max(1, Math.floor(steady / 2)), // an iteration sends two requests
      preAllocatedVUs: 10,
      maxVUs: 50,
    },
  },
  thresholds: {
    debug_on_v2: ["rate==1"],
    others_on_v2: ["rate==0"],
    same_label: ["rate==1"],
    refused: ["rate<0.05"],
  },
};

export const setup = (): unknown => requireTarget();

interface Body {
  "prediction value"?: string;
  prediction_proba_dict?: Record<string, number>;
}

function parse(answer: Answer): Body {
  return answer.status === 200 ? (answer.json() as Body) : {};
}

export default function pair(): void {
  const text = SENTENCES[(__ITER * 7 + __VU) % SENTENCES.length] ?? "";
  const group = OTHERS[__ITER % OTHERS.length];
  const plain = predict(text, group ? { [GROUP]: group } : {});
  const debug = predict(text, { [GROUP]: "debug" });
  refused.add(isRefusal(plain) || isRefusal(debug));
  if (isRefusal(plain) || isRefusal(debug)) return;
  const [short, long] = [parse(plain), parse(debug)];
  debugOnV2.add(servedBy(debug).startsWith("api-v2/") && long.prediction_proba_dict !== undefined);
  othersOnV2.add(!servedBy(plain).startsWith("api-v1/") || short.prediction_proba_dict !== undefined);
  agree.add(
    short["prediction value"] !== undefined && short["prediction value"] === long["prediction value"],
  );
}

export function handleSummary(data: Data): Record<string, string> {
  return report("ab-split", data, [
    [
      `pairs sent (other values: ${OTHERS.filter(Boolean).join(" ")})`,
      `${value(data, "iterations", "count")}`,
    ],
    ["debug group on v2", percent(value(data, "debug_on_v2", "rate"))],
    ["other groups on v2", percent(value(data, "others_on_v2", "rate"))],
    ["v1 and v2 agree on the label", percent(value(data, "same_label", "rate"))],
  ]);
}
