// Load distribution under the configured rate limit: every replica gets an equal share, and killing one loses no request.
// k6 cannot run commands: `make loadtest` kills the replica through CONTROL_URL; without it this part is skipped.
import { sleep } from "k6";
import http from "k6/http";
import { Counter, Rate } from "k6/metrics";
import type { Options, Scenario } from "k6/options";
import { replicas } from "./lib/replicas.ts";
import { limit, settled, steady } from "./lib/settings.ts";
import { type Data, percent, type Row, report, value } from "./lib/summary.ts";
import { ask, common, isRefusal, requireTarget, servedBy, type Target } from "./lib/target.ts";

const CONTROL_URL = __ENV["CONTROL_URL"] ?? "";
const COUNT = replicas();
const [FAIR, DYING, AFTER] = [15, 6, 15]; // seconds
const TOLERANCE = 0.1;

const answered = new Rate("answered");
const refused = new Rate("refused");
const share = new Counter("share"); // by phase and slot: a slot is a replica's index in the sorted names
const unknownReplica = new Counter("served_by_another");
const killed = new Counter("killed");

function scenario(phase: string, startTime: number, duration: number): Scenario {
  return {
    executor: "constant-arrival-rate",
    exec: "load",
    env: { PHASE: phase },
    startTime: `${settled + startTime}s`,
    duration: `${duration}s`,
    rate: steady,
    preAllocatedVUs: 10,
    maxVUs: 50,
    gracefulStop: "15s",
  };
}

/** Thresholds for a phase: `count` replicas get equal shares, the others nothing. */
function evenly(phase: string, seconds: number, count: number): Record<string, string[]> {
  const each = (steady * seconds) / count;
  const rules = (slot: number) =>
    slot < count ? [`count>=${each * (1 - TOLERANCE)}`, `count<=${each * (1 + TOLERANCE)}`] : ["count==0"];
  return Object.fromEntries(
    Array.from({ length: COUNT }, (_, slot) => [`share{phase:${phase},slot:${slot}}`, rules(slot)]),
  );
}

const withKill: Options["scenarios"] = {
  kill: {
    executor: "per-vu-iterations",
    exec: "kill",
    vus: 1,
    iterations: 1,
    startTime: `${settled + FAIR + 2}s`,
    maxDuration: "5s",
  },
  dying: scenario("dying", FAIR, DYING),
  after: scenario("after", FAIR + DYING, AFTER),
};

export const options: Options = {
  ...common,
  scenarios: { fair: scenario("fair", 0, FAIR), ...(CONTROL_URL && withKill) },
  thresholds: {
    answered: ["rate==1"],
    served_by_another: ["count==0"],
    refused: ["rate<0.02"],
    ...evenly("fair", FAIR, COUNT),
    ...(CONTROL_URL && { killed: ["count==1"], ...evenly("after", AFTER, Math.max(1, COUNT - 1)) }),
  },
};

interface Start {
  target: Target;
  names: string[];
}

/** Finds the names of the replicas by sending requests until all have answered (at most ten for each replica). */
export function setup(): Start {
  const target = requireTarget();
  const names = new Set<string>();
  for (let i = 0; i < COUNT * 10 && names.size < COUNT; i++) {
    sleep(1.2 / limit.rate);
    const name = servedBy(ask(target));
    if (name) names.add(name);
  }
  return { target, names: [...names].sort() };
}

export function load({ target, names }: Start): void {
  const answer = ask(target);
  refused.add(isRefusal(answer));
  if (isRefusal(answer)) return;
  const ok = answer.status === target.status;
  answered.add(ok);
  if (!ok) return;
  const slot = names.indexOf(servedBy(answer));
  unknownReplica.add(slot < 0 ? 1 : 0);
  share.add(1, { phase: __ENV["PHASE"] ?? "", slot: String(slot) });
}

/** Kills the last replica with SIGKILL, in the middle of its requests. */
export function kill({ names }: Start): void {
  const name = names[COUNT - 1] ?? "";
  const answer = http.post(`${CONTROL_URL}/kill`, name, { responseType: "text" });
  if (answer.status !== 200) console.error(`${name} was not killed: ${answer.body}`);
  killed.add(answer.status === 200 ? 1 : 0);
}

export function teardown({ names }: Start): void {
  if (CONTROL_URL) http.post(`${CONTROL_URL}/restore`, names[COUNT - 1] ?? "", { timeout: "30s" });
}

function shares(data: Data, phase: string): string {
  const of = (_: unknown, slot: number) => value(data, `share{phase:${phase},slot:${slot}}`, "count");
  return Array.from({ length: COUNT }, of).join(" + ");
}

export function handleSummary(data: Data): Record<string, string> {
  const rows: Row[] = [
    ["requests answered", percent(value(data, "answered", "rate"))],
    [`${COUNT} replicas answered`, shares(data, "fair")],
    CONTROL_URL
      ? ["after one was killed", shares(data, "after")]
      : ["after one was killed", "skipped: run make loadtest"],
  ];
  return report("distribution", data, rows);
}
