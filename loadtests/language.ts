// The rate limit of language: a burst gets 200 and refusals only, a client below the limit 200 only.
import { Counter } from "k6/metrics";
import { limit } from "./lib/settings.ts";
import { type Data, report, value } from "./lib/summary.ts";
import { common, post, requireTarget } from "./lib/target.ts";

const RATE = 5; // requests a second, in gateway/routes/language.yaml

const answered = new Counter("answered");
const refused = new Counter("refused");
const otherwise = new Counter("otherwise");
const pacedRefused = new Counter("paced_refused");

const arrivals = { executor: "constant-arrival-rate" as const, preAllocatedVUs: 10, maxVUs: 50 };

export const options = {
  ...common,
  scenarios: {
    burst: { ...arrivals, exec: "burst", duration: "5s", rate: RATE * 4 },
    paced: { ...arrivals, exec: "paced", startTime: "7s", duration: "5s", rate: Math.floor(RATE * 0.8) },
  },
  thresholds: {
    answered: ["count>0"],
    refused: ["count>0"],
    otherwise: ["count==0"],
    paced_refused: ["count==0"],
  },
};

export const setup = requireTarget;

function ask(): number {
  const { status } = post("/language", { text: "Wie spät ist es, und wo fährt der Zug ab?" });
  answered.add(status === 200 ? 1 : 0);
  refused.add(status === limit.status ? 1 : 0);
  otherwise.add(status === 200 || status === limit.status ? 0 : 1);
  return status;
}

export const burst = ask;
export function paced(): void {
  pacedRefused.add(ask() === limit.status ? 1 : 0);
}

export function handleSummary(data: Data): Record<string, string> {
  return report("language", data, [
    ["answered", `${value(data, "answered", "count")}`],
    ["refused", `${value(data, "refused", "count")}`],
  ]);
}
