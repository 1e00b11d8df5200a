// make experiment: what the gateway counted of two workers that share a route by header or by a canary's share.

import { canaryName } from "../../gateway/generated.ts";
import { readRoutes, workersOf } from "../../gateway/routes.ts";
import { shareOf } from "../../workers/runtime/canary/contract.ts";
import type { Count } from "../../workers/runtime/statistics/proportions.ts";
import {
  mismatch,
  requestsNeeded,
  sequenceOfDifference,
} from "../../workers/runtime/statistics/sequences.ts";
import { objectives } from "../host/canary-settings.ts";
import { UserError } from "../settings/fail.ts";
import { setting } from "../settings/project.ts";
import { candidate } from "./candidate.ts";
import { liveEvent } from "./events.ts";
import { chosen, type Release } from "./release.ts";
import { recordedCanary } from "./replace.ts";
import { percent } from "./shadow.ts";
import { inPercent, localTime, number, table } from "./text.ts";

/** As given to make; empty: the default. */
export interface Given {
  a: string;
  b: string;
  /** The intended share of the clients that b answers. */
  split: string;
  /** The difference to be seen, in percentage points. */
  effect: string;
}

const DAY_MS = 86_400_000;
const SCRAPE_MS = 5000;
/** Prometheus returns at most 11,000 values of a series. */
const MOST_VALUES = 10_000;
/** Below this probability the split is not as intended. Fabijan et al., KDD 2019. */
const MISMATCH = 0.001;
const ASK_MS = 30_000;
/** Below, no split is so unlikely that it shows. */
const FEW_CLIENTS = 20;

interface Series {
  metric: Record<string, string>;
  values: [time: number, value: string][];
}

/** The increase of a counter. One that is smaller than before began again at 0; so did one that was not there at the start. */
export function increase({ values }: Pick<Series, "values">, fromMs: number, stepMs: number): number {
  let [sum, before] = [0, 0];
  for (const [i, [time, text]] of values.entries()) {
    const value = Number(text);
    const wasThere = i === 0 && time * 1000 - fromMs < stepMs;
    if (!wasThere) sum += value < before ? value : value - before;
    before = value;
  }
  return sum;
}

async function series(
  query: string,
  fromMs: number,
  toMs: number,
): Promise<Map<Record<string, string>, number>> {
  const stepMs = Math.max(SCRAPE_MS, Math.ceil((toMs - fromMs) / MOST_VALUES));
  const range = {
    query,
    start: String(fromMs / 1000),
    end: String(toMs / 1000),
    step: String(stepMs / 1000),
  };
  const url = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/api/v1/query_range?${new URLSearchParams(range)}`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) }).catch((error: Error) => {
    throw new UserError(`Prometheus does not answer (${error.message}): make ps, make logs`);
  });
  if (!answer.ok)
    throw new UserError(`Prometheus answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  const { data } = (await answer.json()) as { data: { result: Series[] } };
  return new Map(data.result.map((one) => [one.metric, increase(one, fromMs, stepMs)]));
}

interface Side {
  name: string;
  requests: Count;
  slow: Count;
}

/** What the gateway counted of an upstream. */
async function side(name: string, upstream: string, fromMs: number, toMs: number): Promise<Side> {
  const label = `{upstream="${upstream}"}`;
  const [requests, fallbacks, timed, buckets] = await Promise.all([
    series(`sum by (status) (gateway_requests_total${label})`, fromMs, toMs),
    series(`sum by (upstream) (gateway_fallbacks_total${label})`, fromMs, toMs),
    series(`sum by (route) (gateway_request_duration_seconds_count${label})`, fromMs, toMs),
    series(`sum by (route, le) (gateway_request_duration_seconds_bucket${label})`, fromMs, toMs),
  ]);
  const sum = (all: Map<Record<string, string>, number>, is: (labels: Record<string, string>) => boolean) =>
    [...all].reduce((total, [labels, value]) => total + (is(labels) ? value : 0), 0);
  const bounds = objectives();
  const known = ({ route = "" }: Record<string, string>) => bounds[route] !== undefined;
  const within = ({ route = "", le }: Record<string, string>) => Number(le) === bounds[route];
  const [all, of] = [sum(requests, () => true), sum(timed, known)];
  const failed = sum(requests, ({ status }) => Number(status) >= 500) + sum(fallbacks, () => true);
  return {
    name,
    requests: { hits: Math.min(failed, all), of: all },
    slow: { hits: Math.max(0, of - sum(buckets, within)), of },
  };
}

function row(what: string, a: Count, b: Count): string[] {
  const { low, high } = sequenceOfDifference(b, a);
  const shares = [a, b].flatMap(({ hits, of }) => [of === 0 ? "-" : inPercent(hits / of), number(of)]);
  return [what, ...shares, a.of === 0 || b.of === 0 ? "-" : `${inPercent(low)} to ${inPercent(high)}`];
}

/** What the interval of the errors says, and how many requests would show a difference. */
function conclusion({ requests: a, name }: Side, { requests: b, name: other }: Side, effect: number): string {
  if (a.of === 0 || b.of === 0) return `no request of ${a.of === 0 ? name : other} yet`;
  const { low, high } = sequenceOfDifference(b, a);
  if (low > 0) return `${other} fails more often than ${name}`;
  if (high < 0) return `${other} fails less often than ${name}`;
  const supposed = { hits: Math.min(b.of, (a.hits / a.of + effect) * b.of), of: b.of };
  const needs = requestsNeeded(supposed, a, 0);
  const points = `a difference of ${inPercent(effect)} points`;
  if (needs === 0) return `no difference shown; ${points} would show by now`;
  return needs === undefined
    ? `no difference shown; ${points} needs too many more requests`
    : `no difference shown; needs about ${number(needs)} more requests of ${other} to see ${points}`;
}

/** Empty for a line that is cut off. */
function parsed(line: string): Record<string, string> {
  try {
    return JSON.parse(line) as Record<string, string>;
  } catch {
    return {};
  }
}

/** How many clients, users or addresses, each upstream answered, by the access log. */
export function clientsOf(log: string, since: number, a: string, b: string) {
  const seen = { a: new Set<string>(), b: new Set<string>() };
  for (const line of log.split("\n")) {
    if (!line.startsWith("{") || !(line.includes(`"upstream":"${a}"`) || line.includes(`"upstream":"${b}"`)))
      continue;
    const { time, upstream, user, client } = parsed(line);
    if (!(Date.parse(time ?? "") >= since)) continue;
    seen[upstream === a ? "a" : "b"].add(user ? `user ${user}` : `address ${client}`);
  }
  return { a: seen.a.size, b: seen.b.size, both: seen.a.intersection(seen.b).size };
}

function splitOf(
  a: Side,
  b: Side,
  clients: ReturnType<typeof clientsOf>,
  intended: number | undefined,
): string[] {
  const total = clients.a + clients.b;
  if (total === 0) return [];
  const both = clients.both > 0 ? `, ${number(clients.both)} of them of both` : "";
  const share = `${b.name} answered ${number(clients.b)} clients, ${a.name} ${number(clients.a)}${both}`;
  if (intended === undefined)
    return [`split: ${share}; SPLIT=… says which share ${b.name} should have, and is checked`];
  if (total < FEW_CLIENTS) return [`split: ${share}: too few clients to check it`];
  const p = mismatch([clients.b, clients.a], intended);
  const test = `intended ${inPercent(intended)} %, p = ${p < 1e-6 ? "below 0.000001" : Number(p.toPrecision(2))}`;
  if (p >= MISMATCH) return [`split: ${share}, as intended (${test})`];
  return [`warning: split: ${share}, not as intended (${test}): do not trust the comparison`];
}

/** What runs between a and b: where b's requests are counted, since when, and the intended share. */
function setup(release: Release, { a, b, split }: Given) {
  const { to, preview } = candidate(release, b, release.history.events(), "B");
  const intended = split === "" ? undefined : percent("SPLIT", split) / 100;
  const canary = recordedCanary(release);
  const state = canary && release.runtime.canaryState?.(canary.id);
  if (canary && state && canary.from === a && canary.to === to && canary.preview === preview) {
    const share = shareOf(state, canary.steps);
    if (share > 0) return { upstream: canaryName(a), since: state.since, intended: intended ?? share / 100 };
  }
  const route =
    preview || a === to
      ? undefined
      : readRoutes().find((one) => one.header && workersOf(one).includes(a) && workersOf(one).includes(b));
  if (!route)
    throw new UserError(
      `${a} and ${b} share no route, and no canary of ${a} with ${b} runs: nothing is split`,
    );
  const events = release.history.events();
  const began = [a, b].map((worker) => liveEvent(events, worker)?.began ?? 0);
  return { upstream: b, since: Math.max(...began, Date.now() - 15 * DAY_MS), intended };
}

/** @throws UserError where nothing is split between both, or Prometheus does not answer. */
export async function experiment(release: Release, given: Given): Promise<void> {
  const { a, b } = given;
  if (a === "" || b === "")
    throw new UserError(
      "A and B must be two workers of a route, or those of a canary: make experiment A=… B=…",
    );
  chosen(release, a);
  const effect = percent("EFFECT", given.effect || "0.5") / 100;
  const { upstream, since, intended } = setup(release, given);
  const now = Date.now();
  const [first, second] = await Promise.all([side(a, a, since, now), side(b, upstream, since, now)]);
  console.log(`experiment: ${a} and ${b} since ${localTime(since)}`);
  const rows = [
    ["", `${a} %`, "OF", `${b} %`, "OF", "DIFFERENCE"],
    row("errors", first.requests, second.requests),
    row("slower than the objective", first.slow, second.slow),
  ];
  for (const line of table(rows)) console.log(line);
  console.log("the interval of a difference, in percentage points, is valid at any time (95 %)");
  console.log(conclusion(first, second, effect));
  const log = (await release.runtime.accessLog?.(since)) ?? "";
  for (const line of splitOf(first, second, clientsOf(log, since, a, upstream), intended)) console.log(line);
}
