// Raises the arrival rate step by step until p99 or errors violate the SLO; the last step within the SLO is the knee. Needs
// a lifted rate limit: `make loadtest NAME=capacity`. Variables: STEPS, STEP_SECONDS, SLO_P99 (ms), MIN_RATE.
import exec from "k6/execution";
import { Counter, Rate } from "k6/metrics";
import type { Options, Scenario } from "k6/options";
import { limit, option } from "./lib/settings.ts";
import { type Data, ms, percent, type Row, report, value } from "./lib/summary.ts";
import { ask, common, requireTarget, type Target } from "./lib/target.ts";

const STEPS = (__ENV["STEPS"] || "100,200,400,600,800,1000,1500,2000,3000,4000").split(",").map(Number);
const SECONDS = option("STEP_SECONDS", 5);
const PAUSE = 1;
const SLO = { p99: option("SLO_P99", 50), errors: 0.001 };
/** Steps up to this rate must meet the SLO, otherwise the test fails; steps above it search for the knee. */
const MIN_RATE = option("MIN_RATE", 100);
/** Concurrent requests: twice the number at which p99 still meets the SLO. A step that needs more is past the knee. */
const vus = (rate: number) => Math.max(10, Math.ceil(rate * (SLO.p99 / 1000) * 2));

const failed = new Rate("step_failed");
const started = new Counter("step_started");

function scenario(rate: number, i: number): Scenario {
  return {
    executor: "constant-arrival-rate",
    startTime: `${2 + i * (SECONDS + PAUSE)}s`,
    duration: `${SECONDS}s`,
    rate,
    preAllocatedVUs: vus(rate),
    gracefulStop: `${PAUSE}s`,
  };
}

export const options: Options = {
  ...common,
  scenarios: Object.fromEntries(STEPS.map((rate, i) => [`at_${rate}`, scenario(rate, i)])),
  thresholds: Object.fromEntries(
    STEPS.flatMap((rate) => {
      const must = rate <= MIN_RATE;
      return [
        [`http_req_duration{scenario:at_${rate}}`, [must ? `p(99)<${SLO.p99}` : "max>=0"]],
        [`step_failed{step:${rate}}`, [must ? `rate<${SLO.errors}` : "rate>=0"]],
        [`step_started{step:${rate}}`, [must ? `count>=${rate * SECONDS * 0.98}` : "count>=0"]],
      ];
    }),
  ),
};

export function setup(): Target {
  const highest = Math.max(...STEPS);
  if (limit.rate < highest) {
    exec.test.abort(
      `the limit is ${limit.rate}/s: run make loadtest NAME=capacity, or start with RATE_LIMIT=999999r/s RATE_BURST=999999`,
    );
  }
  return requireTarget();
}

export default function step(target: Target): void {
  const tags = { step: exec.scenario.name.slice("at_".length) };
  started.add(1, tags);
  failed.add(ask(target).status !== target.status, tags);
}

interface Step {
  rate: number;
  p50: number;
  p99: number;
  errors: number;
  /** Share of the planned requests that were sent: below 1 the target was too slow. */
  sent: number;
}

function measured(data: Data, rate: number): Step {
  const duration = `http_req_duration{scenario:at_${rate}}`;
  return {
    rate,
    p50: value(data, duration, "med"),
    p99: value(data, duration, "p(99)"),
    errors: value(data, `step_failed{step:${rate}}`, "rate"),
    sent: value(data, `step_started{step:${rate}}`, "count") / (rate * SECONDS),
  };
}

const meetsSlo = ({ p99, errors, sent }: Step) => p99 < SLO.p99 && errors < SLO.errors && sent >= 0.98;

export function handleSummary(data: Data): Record<string, string> {
  const steps = STEPS.map((rate) => measured(data, rate));
  const broken = steps.findIndex((step) => !meetsSlo(step));
  const knee = steps[(broken < 0 ? steps.length : broken) - 1];
  const rows = steps.map((step): Row => {
    const { rate, p50, p99, errors, sent } = step;
    const text = `p50 ${ms(p50)}, p99 ${ms(p99)}, errors ${percent(errors)}, sent ${percent(sent)}`;
    return [`${rate}/s${meetsSlo(step) ? "" : " (violates the SLO)"}`, text];
  });
  const where = broken < 0 ? "not reached: raise STEPS" : `${knee?.rate ?? 0}/s`;
  return report("capacity", data, [
    ...rows,
    [`knee (p99 < ${SLO.p99} ms, errors < ${percent(SLO.errors)})`, where],
  ]);
}
