// The split by header: every request of the debug group on v2, no other one; and both give the same label.
import { Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { settled, steady } from "./lib/settings.ts";
import { type Data, percent, report, value } from "./lib/summary.ts";
import { type Answer, common, isRefusal, predict, requireTarget, sentence, servedBy } from "./lib/target.ts";

const SECONDS = 15;
const GROUP = "X-Experiment-Group";
/** Close to "debug", and not it: these and a missing header stay on v1. */
const OTHERS = ["", "DEBUG", "Debug", "debugger", "debug,debug", "control", "1"];

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
      rate: Math.max(1, Math.floor(steady / 2)), // an iteration asks twice
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

export function setup(): void {
  requireTarget();
}

interface Body {
  "prediction value"?: string;
  prediction_proba_dict?: Record<string, number>;
}

function parse(answer: Answer): Body {
  return answer.status === 200 ? (answer.json() as Body) : {};
}

export default function pair(): void {
  const text = sentence(__ITER * 7 + __VU);
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
      `pairs asked (other values: ${OTHERS.filter(Boolean).join(" ")})`,
      `${value(data, "iterations", "count")}`,
    ],
    ["of the debug group on v2", percent(value(data, "debug_on_v2", "rate"))],
    ["of the others on v2", percent(value(data, "others_on_v2", "rate"))],
    ["v1 and v2 agree on the label", percent(value(data, "same_label", "rate"))],
  ]);
}
