// Counts since a step began, from the counters of Prometheus: differences of their values, not rates.
import type { CanarySettings, CanaryState, Counts, Evidence, Same } from "./contract.ts";

/** A counter as the API of Prometheus returns it. */
export interface Sample {
  metric: Readonly<Record<string, string>>;
  value: readonly [time: number, value: string];
}

const none = (): Counts => ({ requests: 0, errors: 0, rejected: 0, timed: 0, slow: 0 });
const noPairs = (): Same => ({ pairs: 0, same: 0 });
export const noEvidence = (): Evidence => ({
  stable: none(),
  candidate: none(),
  agreement: {
    label: { candidate: noPairs(), itself: noPairs() },
    answer: { candidate: noPairs(), itself: noPairs() },
  },
});

const GATEWAY =
  "gateway_requests_total|gateway_request_duration_seconds_(count|bucket)|gateway_fallbacks_total";
const SHADOW = "shadow_(pairs|same|statuses)_total";

/** Worker names have no character that a pattern or a string would need escaped, but for "-", which is none here. */
export function queries(
  { stable, candidate }: Pick<CanarySettings, "stable" | "candidate">,
  isShadow: boolean,
): string {
  const { worker } = stable;
  if (!isShadow) return `{__name__=~"${GATEWAY}",upstream=~"${worker}|${worker}[.]canary"}`;
  const sides = `stable="${worker}",stable_version="${stable.version}",candidate="${candidate.worker}",candidate_version="${candidate.version}"`;
  const shadow = `worker="${worker}.shadow"`; // other workers may have metrics of the same names
  return `{__name__=~"${SHADOW}",${shadow}} and on (instance) shadow_info{${shadow},${sides}}`;
}

/** Where an increase of a counter belongs. */
type Count = (counts: Evidence, increase: number) => void;

function ofShadow({
  __name__: name,
  against,
  what,
  ...labels
}: Readonly<Record<string, string>>): Count | undefined {
  const side = against === "stable" ? "itself" : "candidate";
  if (name === "shadow_statuses_total")
    return ({ stable, candidate }, increase) => {
      stable.requests += increase;
      candidate.requests += increase;
      if (labels["stable"] === "5xx") stable.errors += increase;
      if (labels["stable"] === "4xx") stable.rejected += increase;
      if (labels["candidate"] === "4xx") candidate.rejected += increase;
      if (/^(5xx|timeout|unreachable)$/.test(labels["candidate"] ?? "")) candidate.errors += increase;
    };
  if (what !== "label" && what !== "answer") return undefined;
  const counted = name === "shadow_pairs_total" ? "pairs" : "same";
  return ({ agreement }, increase) => {
    agreement[what][side][counted] += increase;
  };
}

function ofGateway(
  { __name__: name, upstream, route = "", status, le }: Readonly<Record<string, string>>,
  objectives: CanarySettings["objectives"],
): Count | undefined {
  const side = upstream?.endsWith(".canary") ? "candidate" : "stable";
  switch (name) {
    case "gateway_requests_total":
      return (counts, increase) => {
        counts[side].requests += increase;
        if (Number(status) >= 500) counts[side].errors += increase;
        else if (Number(status) >= 400 && status !== "499") counts[side].rejected += increase;
      };
    case "gateway_fallbacks_total":
      return ({ candidate }, increase) => {
        candidate.errors += increase;
      };
    case "gateway_request_duration_seconds_count":
      if (objectives[route] === undefined) return undefined;
      return (counts, increase) => {
        counts[side].timed += increase;
        counts[side].slow += increase;
      };
    case "gateway_request_duration_seconds_bucket":
      if (Number(le) !== objectives[route]) return undefined;
      return (counts, increase) => {
        counts[side].slow -= increase;
      };
    default:
      return undefined;
  }
}

const keyOf = (metric: Sample["metric"]) =>
  Object.keys(metric)
    .sort()
    .map((name) => `${name}=${metric[name]}`)
    .join(",");

/**
 * Adds what was counted since the last look. A counter that is smaller than before began again at 0; one that was not there
 * before began at 0 too, except at a step's first look.
 */
export function count(
  { seen, counts }: Pick<CanaryState, "seen" | "counts">,
  samples: readonly Sample[],
  objectives: CanarySettings["objectives"],
  isFirst: boolean,
): Pick<CanaryState, "seen" | "counts"> {
  const [next, values] = [structuredClone(counts), { ...seen }];
  for (const { metric, value } of samples) {
    const add = metric["__name__"]?.startsWith("shadow_") ? ofShadow(metric) : ofGateway(metric, objectives);
    const now = Number(value[1]);
    if (!add || !Number.isFinite(now)) continue;
    const key = keyOf(metric);
    const before = values[key] ?? 0;
    values[key] = now;
    if (!isFirst) add(next, now < before ? now : now - before);
  }
  for (const side of [next.stable, next.candidate]) {
    side.errors = Math.min(side.errors, side.requests);
    side.slow = Math.min(Math.max(side.slow, 0), side.timed);
  }
  return { seen: values, counts: next };
}
