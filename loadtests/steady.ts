// A steady rate while the system changes, for example during a deployment; counts requests without an answer. Runs until
// interrupted: GATEWAYS="https://a https://b" RATE=50 loadtests/k6/k6.sh run --local-ips=FROM-TO loadtests/steady.ts
// The rate limit is per address: use enough local addresses.
import encoding from "k6/encoding";
import http from "k6/http";
import { Counter, Trend } from "k6/metrics";
import type { Options } from "k6/options";
import { option, setting } from "./lib/settings.ts";
import { BASE_URL, requireTarget, servedBy, type Target } from "./lib/target.ts";

const gateways = (__ENV["GATEWAYS"] || BASE_URL).split(" ");
const credentials = encoding.b64encode(`${setting("GATEWAY_USER")}:${setting("GATEWAY_PASSWORD")}`);
const sent = new Counter("sent");
const failed = new Counter("failed");
const duration = new Trend("answer_duration", true);

export const options: Options = {
  scenarios: {
    steady: {
      executor: "constant-arrival-rate",
      rate: option("RATE", 50),
      duration: "10m",
      preAllocatedVUs: 50,
      maxVUs: 200,
    },
  },
  summaryTrendStats: ["med", "p(99)", "max"],
};

/** One request to each gateway, so that the password check is cached before the measurement. */
export function setup(): Target {
  const target = requireTarget(gateways[0]);
  for (const gateway of gateways) ask(gateway, target);
  return target;
}

function ask(
  gateway: string,
  { worker, path, body, status, headers: selecting }: Target,
): string | undefined {
  const headers = { Authorization: `Basic ${credentials}`, "Content-Type": "application/json", ...selecting };
  const began = Date.now();
  const answer = http.post(`${gateway}${path}`, JSON.stringify(body), { headers, timeout: "15s" });
  duration.add(answer.timings.duration);
  const cut = answer.error.includes("context canceled") && Date.now() - began < 1000;
  if (cut) return undefined; // the end of this run aborted it; a request that waited longer counts as lost
  if (answer.status === status && servedBy(answer).startsWith(`${worker}/`)) return undefined;
  return `${answer.status} ${answer.error || String(answer.body).slice(0, 200)}`;
}

export default function steady(target: Target): void {
  const gateway = gateways[__ITER % gateways.length] ?? BASE_URL;
  const failure = ask(gateway, target);
  sent.add(1);
  if (failure === undefined) return;
  failed.add(1);
  console.error(`${new Date().toISOString()} ${gateway} ${failure}`);
}

interface Data {
  metrics: Record<string, { values: Record<string, number> } | undefined>;
}

export function handleSummary({ metrics }: Data): Record<string, string> {
  const count = (name: string) => metrics[name]?.values["count"] ?? 0;
  const times = metrics["answer_duration"]?.values ?? {};
  const ms = (name: string) => Math.round(times[name] ?? 0);
  const dropped = count("dropped_iterations");
  const figures = { sent: count("sent"), failed: count("failed"), dropped };
  const summary = JSON.stringify({ ...figures, p50: ms("med"), p99: ms("p(99)"), max: ms("max") });
  return { [__ENV["SUMMARY_FILE"] || "stdout"]: `${summary}\n` };
}
