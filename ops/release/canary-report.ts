// make canary-status: where a canary is, the evidence of its step, and what it decided.
import {
  type CanaryState,
  CHECKS,
  FEW,
  type Finding,
  LOOK_MS,
  type Outcome,
  type Share,
  shareOf,
} from "../../workers/runtime/canary/contract.ts";
import { requestsNeeded } from "../../workers/runtime/statistics/sequences.ts";
import type { Canary } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import type { Release } from "./release.ts";
import { recordedCanary } from "./replace.ts";
import { inPercent, localTime, number, table } from "./text.ts";

const NONE = "there is no canary: make canary FROM=… TO=…";
/** Looks after which a process that did not look is said to be missing. */
const MISSED = 6;

function evidence({ verdict }: CanaryState): string[] {
  const { findings = [] } = verdict ?? {};
  const row = ({ check, decision, candidate, stable, difference, margin }: Finding) => [
    CHECKS[check],
    ...[candidate, stable].flatMap((side) => [inPercent(side.share), number(side.of)]),
    Number.isFinite(difference.share) ? `${inPercent(difference.low)} to ${inPercent(difference.high)}` : "-",
    inPercent(margin),
    decision,
  ];
  if (findings.length === 0) return [];
  return table([
    ["", "CANDIDATE %", "OF", "LIVE %", "OF", "DIFFERENCE, POINTS", "LIMIT", "VERDICT"],
    ...findings.map(row),
  ]);
}

const ENDS: Record<Exclude<Outcome, "running">, string> = {
  passed: "passed",
  failed: "failed: the live version answers all clients",
  stopped: "not decided in time: the live version answers all clients",
};

/** About how many more requests of the candidate decide the step; undefined where that cannot be said. */
export function needed({ verdict }: Pick<CanaryState, "verdict">): number | undefined {
  const open = verdict?.findings.filter(({ decision }) => decision === "inconclusive") ?? [];
  if (open.some(({ candidate, stable }) => candidate.of === 0 || stable.of < FEW)) return undefined; // waiting may not help
  const counted = ({ share: value, of }: Share) => ({ hits: value * of, of });
  const all = open.map(({ candidate, stable, margin }) =>
    requestsNeeded(counted(candidate), counted(stable), margin),
  );
  return all.length === 0 || all.includes(undefined) ? undefined : Math.max(...all.map((one) => one ?? 0));
}

/** What it needs, at the rate until now. */
function shownNeed(state: CanaryState): string {
  const { since, looked, counts } = state;
  const needs = needed(state);
  if (needs === undefined) return "";
  const { requests } = counts.candidate;
  const minutes = ((looked - since) / 60_000 / requests) * needs;
  const time = Number.isFinite(minutes)
    ? `, in about ${minutes < 1.5 ? "a minute" : `${Math.ceil(minutes)} minutes`} at the rate until now`
    : "";
  return `; about ${number(needs)} more requests of the candidate decide it${time}`;
}

function where(state: CanaryState | undefined, { steps }: Canary, now: number): string[] {
  if (!state) return ["it has not begun: make logs"];
  const { outcome, verdict, overdue, data, looked, since } = state;
  const missing =
    now - looked > MISSED * LOOK_MS && looked > 0
      ? [`its process has not looked for ${Math.round((now - looked) / 1000)} s: make ps, make logs`]
      : [];
  if (outcome !== "running") return [ENDS[outcome], ...missing];
  const here = `${shareOf(state, steps)} % since ${localTime(since)}: ${verdict?.decision ?? "no evidence yet"}${shownNeed(state)}`;
  return [
    here,
    ...(data || looked === 0 ? [] : ["Prometheus has no counts: nothing is decided"]),
    ...(verdict?.decision === "inconclusive" && data ? [verdict.why] : []),
    ...(overdue ? ["it holds: the step is past its time"] : []),
    ...missing,
  ];
}

/** The report as lines for a terminal. */
export function lines(canary: Canary, state: CanaryState | undefined, now = Date.now()): string[] {
  const { from, to, preview, versions } = canary;
  const other = `${preview ? "the preview of " : ""}${to} (${versions.candidate})`;
  const decisions = state?.decisions.map(({ at, line }) => `  ${localTime(at)} ${line}`) ?? [];
  return [
    `canary of ${from} (${versions.stable}), candidate ${other}`,
    ...where(state, canary, now),
    ...(state ? evidence(state) : []),
    ...(decisions.length > 0 ? ["", "decisions", ...decisions] : []),
  ];
}

export function supported({ runtime }: Release) {
  const { beside, canaryState } = runtime;
  if (!beside || !canaryState) throw new UserError("canaries need native mode or Compose");
  return { beside, canaryState };
}

/** The recorded canary, if there is one, and what its process has decided. @throws UserError where its end was interrupted. */
function present(release: Release): { canary?: Canary; state?: CanaryState | undefined } {
  const { canaryState } = supported(release);
  const recorded = recordedCanary(release);
  const ended = recorded ? undefined : release.history.canary();
  if (ended)
    throw new UserError(`the end of the canary of ${ended.from} was interrupted: make canary-abort ends it`);
  return recorded ? { canary: recorded, state: canaryState(recorded.id) } : {};
}

/** For make canary-status after its end. */
export function keepReport({ runtime, history }: Release, canary: Canary): void {
  const state = runtime.canaryState?.(canary.id);
  if (state) history.keepCanary({ at: Date.now(), lines: lines(canary, state) });
}

/** It changes nothing, so it needs no lock. */
export function reportCanary(release: Release, json: boolean): void {
  const { canary, state } = present(release);
  if (!canary) {
    const last = release.history.lastCanary();
    if (json) throw new UserError(NONE);
    for (const line of [
      NONE,
      ...(last ? [`the last one ended at ${localTime(last.at)}:`, ...last.lines] : []),
    ])
      console.log(line);
    return;
  }
  if (json) {
    const { from, to, versions, steps } = canary;
    const shown = state && (({ seen: _, recent: __, id: ___, ...others }) => others)(state);
    console.log(
      JSON.stringify(
        { from, to, versions, steps, share: state ? shareOf(state, steps) : 0, ...shown },
        undefined,
        2,
      ),
    );
    return;
  }
  for (const line of lines(canary, state)) console.log(line);
}
