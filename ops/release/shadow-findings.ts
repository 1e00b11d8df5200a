// What the counts of a shadow mean, with 95 % intervals, and in one sentence.
import type { Counts, Report, Same } from "../../workers/runtime/shadow/contract.ts";
import { difference, type Estimate, proportion } from "../../workers/runtime/statistics/proportions.ts";
import { number } from "./text.ts";

/** A share of dropped pairs above which the others may be another kind of requests. */
const MANY_DROPPED = 0.05;

export interface Findings {
  /** Whether labels are compared; otherwise whole answers. */
  what: "label" | "answer";
  pairs: number;
  /** Of the pairs: candidate and stable are the same. */
  agreement: Estimate;
  /** Of the pairs of stable with itself. */
  withItself: Estimate;
  /** The disagreement with the candidate that the disagreement of stable with itself does not explain. */
  remaining: Estimate;
  dropped: number;
  sentence: string;
}

export const total = (all: Readonly<Record<string, number>>) => Object.values(all).reduce((a, b) => a + b, 0);
/** Three digits that matter, and never 100 % for less. */
export function share(value: number): string {
  if (Number.isNaN(value)) return "-";
  const text = (value * 100).toFixed(Math.abs(value) > 0.1 ? 1 : 2);
  return value < 1 && Number(text) === 100 ? "99.9+" : String(Number(text));
}
const interval = ({ share: value, low, high }: Estimate) =>
  `${share(value)} % (${share(low)} to ${share(high)})`;

export const hits = ({ pairs, same }: Same) => ({ hits: same, of: pairs });
export const misses = ({ pairs, same }: Same) => ({ hits: pairs - same, of: pairs });

export const signed = (ms: number) => `${ms > 0 ? "+" : ""}${Number(ms.toPrecision(2))} ms`;

export function milliseconds(ms: number): string {
  const text = Math.abs(ms) >= 10 ? Math.abs(ms).toFixed(0) : Math.abs(ms).toFixed(ms === 0 ? 0 : 2);
  return `${text} ms ${ms < 0 ? "faster" : "slower"}`;
}

/** "1.3 ms slower at the median"; no more than the interval shows. */
function latencyOf({ latencies: { p50, median } }: Counts): string[] {
  if (p50 === undefined) return [];
  if (!median) return ["too few pairs for a difference in time"];
  const [low, high] = median;
  if (low <= 0 && high >= 0)
    return [`no difference in time shown (${signed(low)} to ${signed(high)} at the median)`];
  return [`${milliseconds(p50)} at the median (${signed(low)} to ${signed(high)})`];
}

function sentenceOf(report: Report, found: Omit<Findings, "sentence">): string {
  const { stable, candidate, counts, impure } = report;
  const { received, answers, noise } = counts;
  const { what, pairs, agreement, withItself, dropped } = found;
  const [name, other] = names({ stable, candidate });
  if (impure.length > 0)
    return `nothing is asked: ${impure.join(" and ")} ${impure.length > 1 ? "are" : "is"} not declared pure any more`;
  if (received === 0) return "no request of the sample came yet";
  if (pairs === 0)
    return `no pair of answers yet: ${number(counts.compared)} of ${number(received)} requests compared`;
  const own = what === "label" ? noise.labels : noise.answers;
  return [
    `${other} gives the same ${what} in ${interval(agreement)} of ${number(pairs)} pairs`,
    ...otherStatus(counts),
    ...(what === "label" && answers.same < answers.pairs
      ? [`the same whole answer in ${interval(proportion(hits(answers)))}`]
      : []),
    own.pairs > 0 ? `${name} against itself ${interval(withItself)}` : `${name} was not asked twice yet`,
    ...latencyOf(counts),
    ...(dropped > MANY_DROPPED
      ? [`${share(dropped)} % of the sample was dropped, so the pairs may not be like the others`]
      : []),
  ].join("; ");
}

/** "another status in 56 (2xx -> 5xx)", the most frequent one. */
function otherStatus({ statuses }: Counts): string[] {
  const others = statuses.filter(({ stable, candidate }) => stable !== candidate);
  const [most] = others.toSorted((a, b) => b.pairs - a.pairs);
  const sum = others.reduce((all, { pairs }) => all + pairs, 0);
  return most ? [`another status in ${number(sum)} (${most.stable} -> ${most.candidate})`] : [];
}

/** Names that tell both sides apart: with versions where the worker is the same. */
export function names({ stable, candidate }: Pick<Report, "stable" | "candidate">): [string, string] {
  if (stable.worker !== candidate.worker) return [stable.worker, candidate.worker];
  return [`${stable.worker} ${stable.version}`, `${candidate.worker} ${candidate.version}`];
}

/** What the counts mean, with 95 % intervals. */
export function findings(report: Report): Findings {
  const { labels, answers, noise, received, dropped } = report.counts;
  const what = labels.pairs > 0 ? "label" : "answer";
  const [own, again] = what === "label" ? [labels, noise.labels] : [answers, noise.answers];
  const found = {
    what,
    pairs: own.pairs,
    agreement: proportion(hits(own)),
    withItself: proportion(hits(again)),
    remaining: difference(misses(own), misses(again)),
    dropped: received === 0 ? 0 : total(dropped) / received,
  } as const;
  return { ...found, sentence: sentenceOf(report, found) };
}
