// What ops/ and the canary's process agree on: its settings, and the state that it keeps on disk.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** How often the process looks, in ms: as often as Prometheus scrapes. */
export const LOOK_MS = 5000;
/** In the canary's folder, beside the file of the share. */
export const STATE_FILE = "state.json";

/** The checks, as a person reads them. */
export const CHECKS = {
  errors: "errors",
  rejected: "rejected (4xx)",
  slow: "slower than the objective",
  agreement: "other answers",
} as const;
export type Check = keyof typeof CHECKS;

interface Side {
  worker: string;
  version: string;
}

/** So many requests of the candidate, half of them failed, need no interval. With fewer of stable there is nothing to compare with. */
export const FEW = 20;

export interface CanarySettings {
  /** Of this canary: a state of another one is not continued. */
  id: string;
  /** Where the share and the state are, as the process sees it. */
  folder: string;
  /** `http://host:port` */
  prometheus: string;
  stable: Side;
  candidate: Side;
  /** Percent of the clients, ascending. 0 is the evidence of a shadow. */
  steps: number[];
  /** How much larger than stable's a share may be, 0 to 1; agreement: how much smaller than 1. */
  margins: Record<Check, number>;
  /** The latency objective of each path, in seconds: a bucket of the gateway's histogram. */
  objectives: Record<string, number>;
  /** How long a step may be undecided, in ms. */
  stepMs: number;
  onTimeout: "hold" | "rollback";
  /** When the candidate, a preview, ends, in ms since the epoch. */
  until?: number;
}

/** Requests of one side. */
export interface Counts {
  requests: number;
  /** Of the requests: a status of 500 to 599; of the candidate also what it did not answer. */
  errors: number;
  /** Of them: a status of 400 to 498. 499 is a client that did not wait. */
  rejected: number;
  timed: number;
  /** Of the timed ones: slower than the objective of their path. */
  slow: number;
}

/** Pairs of answers: the live answer, and the same request asked again. */
export interface Same {
  pairs: number;
  same: number;
}

/** What was counted since a step began. */
export interface Evidence {
  stable: Counts;
  candidate: Counts;
  /** Of the shadow: the candidate, and stable with itself; by labels, and by whole answers. */
  agreement: Record<"label" | "answer", { candidate: Same; itself: Same }>;
}

export type Decision = "pass" | "fail" | "inconclusive";

/** A share, and of how many. Without observations it is NaN, which is null in JSON. */
export interface Share {
  share: number;
  of: number;
}

/** One comparison: shares of candidate and stable, and the always-valid 95 % interval of their difference. */
export interface Finding {
  check: Check;
  decision: Decision;
  candidate: Share;
  stable: Share;
  difference: { share: number; low: number; high: number };
  margin: number;
}

export interface Verdict {
  decision: Decision;
  /** One line. */
  why: string;
  findings: Finding[];
}

/** What was counted between two looks. */
export type Look = Record<"stable" | "candidate", Pick<Counts, "requests" | "errors">>;

export type Outcome = "running" | "passed" | "failed" | "stopped";

export interface CanaryState {
  id: string;
  outcome: Outcome;
  /** The position in the steps. */
  step: number;
  /** When the step began, in ms since the epoch. */
  since: number;
  /** The last value of each counter, by its labels: what is counted is the difference. */
  seen: Record<string, number>;
  counts: Evidence;
  /** Stable's counts of a step before, where this one has too few: at 100 % there are none. */
  before?: Counts;
  /** How long the process has watched the step, in ms: not while it or the project was stopped. */
  watched: number;
  /** The requests and errors of the last looks. */
  recent: Look[];
  verdict?: Verdict;
  /** The step is undecided past its time. */
  overdue: boolean;
  /** When the last look was; `data`: whether it got counts. */
  looked: number;
  data: boolean;
  /** One line each, oldest first. */
  decisions: { at: number; decision: "begin" | "advance" | "pass" | "rollback" | "hold"; line: string }[];
}

/** Whether this is a state of this canary: a file may be damaged, or of another version of this program. */
export function isStateOf(value: unknown, id: string): value is CanaryState {
  const state = value as Partial<CanaryState> | null;
  return (
    state?.id === id &&
    [state.step, state.since, state.watched, state.looked].every((one) => typeof one === "number") &&
    [state.recent, state.decisions].every(Array.isArray) &&
    [state.seen, state.counts?.stable, state.counts?.candidate, state.counts?.agreement?.label].every(
      (one) => typeof one === "object" && one !== null,
    )
  );
}

/** What the process of this canary wrote; undefined before it did. */
export function readState(folder: string, id: string): CanaryState | undefined {
  try {
    const state: unknown = JSON.parse(readFileSync(join(folder, STATE_FILE), "utf8"));
    return isStateOf(state, id) ? state : undefined;
  } catch {
    return undefined; // there is none, or no text of ours: it is replaced in one step
  }
}

/** Percent of the clients that the candidate answers. */
export function shareOf(
  { outcome, step }: Pick<CanaryState, "outcome" | "step">,
  steps: readonly number[],
): number {
  return outcome === "failed" || outcome === "stopped" ? 0 : (steps[step] ?? 0);
}
