// Whether a candidate is as good as stable, from counts. Pure.
import { CONFIDENCE, type Count } from "../statistics/proportions.ts";
import { sequence, sequenceOfDifference } from "../statistics/sequences.ts";
import {
  type CanarySettings,
  CHECKS,
  type Check,
  type Counts,
  type Evidence,
  FEW,
  type Finding,
  type Look,
  type Same,
  type Share,
  type Verdict,
} from "./contract.ts";

/** The share of errors that fails where there is nothing to compare with. */
const ALONE = 0.05;

type Limits = Pick<CanarySettings, "margins" | "steps">;

interface Compared {
  check: Check;
  candidate: Count;
  stable: Count;
}

const errors = ({ errors: hits, requests: of }: Counts): Count => ({ hits, of });
const differing = ({ pairs, same }: Same): Count => ({ hits: pairs - same, of: pairs });
const rejected = ({ rejected: hits, requests: of }: Counts): Count => ({ hits, of });
const shareOf = ({ hits, of }: Count): Share => ({ share: hits / of, of });
const slow = ({ slow: hits, timed: of }: Counts): Count => ({ hits, of });

function compared({ stable, candidate, agreement }: Evidence, isShadow: boolean): Compared[] {
  const both: Compared[] = [
    { check: "errors", candidate: errors(candidate), stable: errors(stable) },
    { check: "rejected", candidate: rejected(candidate), stable: rejected(stable) },
  ];
  if (!isShadow) return [...both, { check: "slow", candidate: slow(candidate), stable: slow(stable) }];
  const { candidate: other, itself } = agreement[agreement.label.candidate.pairs > 0 ? "label" : "answer"];
  return [...both, { check: "agreement", candidate: differing(other), stable: differing(itself) }];
}

/**
 * Passes where the difference is below the margin with 95 % confidence: all checks must pass, so each may be wrong that often.
 * Fails where it is above the margin; any check of any step may fail, so the error is divided among them.
 */
function finding({ check, candidate, stable }: Compared, margin: number, tests: number): Finding {
  const difference = sequenceOfDifference(candidate, stable);
  const passes = difference.high < margin;
  const confidence = 1 - (1 - CONFIDENCE) / tests;
  const isAlone = check === "errors" && stable.of < FEW;
  const fails = isAlone
    ? sequence(candidate, confidence).low > ALONE
    : sequenceOfDifference(candidate, stable, confidence).low > margin;
  return {
    check,
    decision: passes ? "pass" : fails ? "fail" : "inconclusive",
    candidate: shareOf(candidate),
    stable: shareOf(stable),
    difference,
    margin,
  };
}

/**
 * Whether half of the candidate's latest requests failed, of at least {@link FEW}, and stable's did so less than half as often:
 * what both depend on may be down.
 */
function halfFailed(recent: readonly Look[]): Count | undefined {
  const [candidate, stable] = [
    { hits: 0, of: 0 },
    { hits: 0, of: 0 },
  ];
  for (const look of recent.toReversed()) {
    for (const [sum, one] of [
      [candidate, look.candidate],
      [stable, look.stable],
    ] as const) {
      sum.of += one.requests;
      sum.hits += one.errors;
    }
    if (candidate.of < FEW) continue;
    const isHalf = 2 * candidate.hits >= candidate.of;
    return isHalf && 2 * stable.hits * candidate.of <= candidate.hits * stable.of ? candidate : undefined;
  }
  return undefined;
}

/** Three digits that matter. */
export function percent(share: number): string {
  return !Number.isFinite(share) ? "-" : `${Number((share * 100).toPrecision(3))} %`;
}

/** "errors 0.1 % against 0 %, difference -0.3 to 0.4, at most 0.5 points" */
export function described({ check, candidate, stable, difference, margin }: Finding): string {
  const points = (share: number) => Number((share * 100).toFixed(2));
  const interval = `difference ${points(difference.low)} to ${points(difference.high)}`;
  return `${CHECKS[check]} ${percent(candidate.share)} against ${percent(stable.share)}, ${interval}, at most ${points(margin)} points`;
}

/** Of which side there are no requests, so that waiting may not help. */
function lacking({ stable, candidate }: Evidence, share: number): string | undefined {
  if (share === 0) return candidate.requests === 0 ? "no pair of the shadow yet" : undefined;
  if (candidate.requests === 0 && stable.requests < FEW) return "no request yet";
  if (candidate.requests === 0)
    return `none of the clients that sent ${stable.requests} requests is among the ${share} %: more clients, or a larger share, bring some`;
  if (stable.requests < FEW && share < 100)
    return `nothing to compare with: all clients that send requests are among the ${share} %`;
  return undefined;
}

/** @param share percent of the clients; at 0 the evidence is that of a shadow. */
export function verdict(
  counts: Evidence,
  recent: readonly Look[],
  share: number,
  { margins, steps }: Limits,
): Verdict {
  const all = compared(counts, share === 0);
  const findings = all.map((one) => finding(one, margins[one.check], steps.length * all.length));
  const half = halfFailed(recent);
  if (half)
    return {
      decision: "fail",
      why: `${half.hits} of the candidate's last ${half.of} requests failed`,
      findings,
    };
  const failed = findings.filter(({ decision }) => decision === "fail");
  if (failed.length > 0) return { decision: "fail", why: failed.map(described).join("; "), findings };
  const open = findings.filter(({ decision }) => decision === "inconclusive");
  if (open.length === 0) return { decision: "pass", why: findings.map(described).join("; "), findings };
  return {
    decision: "inconclusive",
    why: lacking(counts, share) ?? open.map(described).join("; "),
    findings,
  };
}
