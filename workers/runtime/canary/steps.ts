// What a canary does after each look: it goes on, goes back, or holds. Pure.
import { type CanarySettings, type CanaryState, FEW, shareOf, type Verdict } from "./contract.ts";
import { count, noEvidence, type Sample } from "./evidence.ts";
import { verdict } from "./verdict.ts";

type Settings = Pick<
  CanarySettings,
  "id" | "steps" | "margins" | "objectives" | "stepMs" | "onTimeout" | "until"
>;
type Decided = CanaryState["decisions"][number]["decision"];

/** Looks of which the latest requests are remembered: enough for a minute. */
const RECENT = 12;
const MAX_DECISIONS = 100;
/** Of the time between two looks no more counts as watched. */
const MAX_WATCHED_MS = 60_000;

export const share = (state: CanaryState, { steps }: Pick<Settings, "steps">) => shareOf(state, steps);

const named = (percent: number) => (percent === 0 ? "0 % (shadow)" : `${percent} %`);

function withLine(state: CanaryState, at: number, decision: Decided, line: string): CanaryState {
  return { ...state, decisions: [...state.decisions, { at, decision, line }].slice(-MAX_DECISIONS) };
}

/** Whether stable answered enough to compare with. */
const enough = ({ stable }: Pick<CanaryState["counts"], "stable">) => stable.requests >= FEW;

/** A step without evidence yet. */
const fresh = (step: number, since: number) => ({
  step,
  since,
  seen: {},
  counts: noEvidence(),
  watched: 0,
  recent: [],
  overdue: false,
});

export function begin({ id, steps }: Settings, now: number): CanaryState {
  const state: CanaryState = {
    id,
    outcome: "running",
    ...fresh(0, now),
    looked: 0,
    data: false,
    decisions: [],
  };
  return withLine(state, now, "begin", `begins at ${named(steps[0] ?? 0)}`);
}

function rolledBack(
  state: CanaryState,
  now: number,
  outcome: "failed" | "stopped",
  why: string,
): CanaryState {
  return withLine({ ...state, outcome, overdue: false }, now, "rollback", `back to 0 %: ${why}`);
}

function passed(state: CanaryState, { steps }: Settings, now: number, { why }: Verdict): CanaryState {
  const [here = 0, next] = [steps[state.step], steps[state.step + 1]];
  if (next === undefined)
    return withLine(
      { ...state, outcome: "passed", overdue: false },
      now,
      "pass",
      `passed at ${named(here)}: ${why}`,
    );
  const { verdict: _, ...rest } = state;
  const moved: CanaryState = {
    ...rest,
    ...fresh(state.step + 1, now),
    ...(enough(state.counts) && { before: state.counts.stable }),
  };
  return withLine(moved, now, "advance", `${named(here)} passed, on to ${named(next)}: ${why}`);
}

function undecided(state: CanaryState, settings: Settings, now: number, { why }: Verdict): CanaryState {
  const { stepMs, onTimeout, steps } = settings;
  if (state.watched < stepMs) return { ...state, overdue: false };
  const time = `${named(steps[state.step] ?? 0)} is undecided after ${Math.round(stepMs / 1000)} s: ${why}`;
  if (onTimeout === "rollback") return rolledBack(state, now, "stopped", time);
  return state.overdue ? state : withLine({ ...state, overdue: true }, now, "hold", `holds: ${time}`);
}

/**
 * One look. @param samples the counters of Prometheus; undefined where it did not answer: nothing is decided without them,
 * except that time passes.
 */
export function look(
  before: CanaryState,
  samples: readonly Sample[] | undefined,
  settings: Settings,
  now: number,
): CanaryState {
  if (before.outcome === "failed" || before.outcome === "stopped")
    return { ...before, looked: now, data: samples !== undefined };
  if (settings.until !== undefined && now >= settings.until)
    return rolledBack({ ...before, looked: now }, now, "failed", "the preview has ended");
  const isFirst = Object.keys(before.seen).length === 0;
  const data = samples !== undefined && samples.length > 0;
  const counted = count(before, samples ?? [], settings.objectives, isFirst);
  const since = (side: "stable" | "candidate") => ({
    requests: counted.counts[side].requests - before.counts[side].requests,
    errors: counted.counts[side].errors - before.counts[side].errors,
  });
  const latest = { stable: since("stable"), candidate: since("candidate") };
  const watched = before.watched + Math.min(now - (before.looked || before.since), MAX_WATCHED_MS);
  const recent = [...before.recent, latest].slice(-RECENT);
  const here = share(before, settings);
  const isEnough = here < 100 && enough(counted.counts);
  const evidence = before.before && !isEnough ? { ...counted.counts, stable: before.before } : counted.counts;
  const found = verdict(evidence, recent, here, settings);
  const state: CanaryState = { ...before, ...counted, recent, watched, verdict: found, looked: now, data };
  if (found.decision === "fail") return rolledBack(state, now, "failed", found.why);
  if (state.outcome === "passed") return state;
  if (found.decision === "pass" && data) return passed(state, settings, now, found);
  const why = data ? found.why : "Prometheus has no counts";
  return undecided(state, settings, now, { ...found, why });
}
