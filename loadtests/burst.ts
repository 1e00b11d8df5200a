// Rate limit: of a burst, no more requests than the limit allows are accepted; a client below the limit is never refused.
import { check } from "k6";
import { Counter, Rate } from "k6/metrics";
import type { Options } from "k6/options";
import { limit, settled, steady } from "./lib/settings.ts";
import { type Data, percent, report, value } from "./lib/summary.ts";
import { ask, common, isRefusal, requireTarget, type Target } from "./lib/target.ts";

const SECONDS = 8;
const FACTOR = 4; // rate of the burst, as a multiple of the limit
// At most rate × time + burst + the first request are accepted. 5 % tolerance, because the clock is read at both ends.
const MOST = Math.ceil((limit.rate * SECONDS + limit.burst + 1) * 1.05);
const LEAST = Math.floor(limit.rate * SECONDS * 0.95);

const accepted = new Counter("accepted");
const refused = new Counter("refused");
const retryAfter = new Rate("refused_with_retry_after");
const neither = new Counter("neither_accepted_nor_refused");
const paced = new Rate("paced_accepted");

export const options: Options = {
  ...common,
  scenarios: {
    burst: {
      executor: "constant-arrival-rate",
      exec: "burst",
      startTime: `${settled}s`,
      duration: `${SECONDS}s`,
      rate: Math.ceil(limit.rate * FACTOR),
      preAllocatedVUs: 20,
      maxVUs: 100,
    },
    paced: {
      executor: "constant-arrival-rate",
      exec: "pace",
      startTime: `${settled + SECONDS + settled}s`,
      duration: "5s",
      rate: steady,
      preAllocatedVUs: 5,
      maxVUs: 20,
    },
  },
  thresholds: {
    accepted: [`count<=${MOST}`, `count>=${LEAST}`],
    refused: ["count>0"],
    refused_with_retry_after: ["rate==1"],
    neither_accepted_nor_refused: ["count==0"],
    paced_accepted: ["rate==1"],
  },
};

export const setup = (): Target => requireTarget();

export function burst(target: Target): void {
  const answer = ask(target);
  const isRefused = isRefusal(answer);
  accepted.add(answer.status === target.status ? 1 : 0);
  refused.add(isRefused ? 1 : 0);
  neither.add(answer.status === target.status || isRefused ? 0 : 1);
  if (isRefused) retryAfter.add(Number(answer.headers["Retry-After"]) > 0);
}

export function pace(target: Target): void {
  const ok = check(ask(target), {
    "a paced client gets an answer": ({ status }) => status === target.status,
  });
  paced.add(ok);
}

export function handleSummary(data: Data): Record<string, string> {
  return report("burst", data, [
    [
      `accepted of ${limit.rate * FACTOR}/s for ${SECONDS} s (limit ${limit.rate}/s + ${limit.burst})`,
      `${value(data, "accepted", "count")}, between ${LEAST} and ${MOST} expected`,
    ],
    [`refused with ${limit.status}`, `${value(data, "refused", "count")}`],
    ["refusals with Retry-After", percent(value(data, "refused_with_retry_after", "rate"))],
    ["then paced at 80 % of the limit, accepted", percent(value(data, "paced_accepted", "rate"))],
  ]);
}
