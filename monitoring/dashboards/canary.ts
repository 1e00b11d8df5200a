import {
  BESIDE,
  graph,
  type Page,
  type Panel,
  SHARE_SINCE,
  signed,
  stat,
  table,
  withMarks,
} from "./panel.ts";

const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
/** Requests of the clients whose worker has a canary: those that the candidate answers, and those that the worker answers. */
const arms = {
  candidate: { which: 'upstream=~".+[.]canary"', upstream: "$1" },
  stable: { which: `upstream!="",upstream!~"${BESIDE}"`, upstream: "$2" },
} as const;
type Arm = keyof typeof arms;
const of = (arm: Arm, metric: string, labels = "") => {
  const { which, upstream } = arms[arm];
  const canary = `label_replace(canary_info, "upstream", "${upstream}", "worker", "((.+)[.]canary)")`;
  return `(${rate(`${metric}{${which}${labels}}`)} and on (upstream) ${canary})`;
};
const failed = (arm: Arm) => {
  const all = `sum(${of(arm, "gateway_requests_total")})`;
  const errors = `sum(${of(arm, "gateway_requests_total", ',status=~"5.."')})`;
  return `(${errors} or 0 * ${all}) / (${all} > 0)`;
};
const quantile = (q: number, arm: Arm) =>
  `histogram_quantile(${q}, sum by (le) (${of(arm, "gateway_request_duration_seconds_bucket")}))`;

const stats: Panel[] = [
  stat(
    "Verdict",
    "verdict",
    "Of all checks together, in the present step.",
    { all: 'min(canary_verdict{check="all"})' },
    0,
  ),
  stat("Share", "ratio", "Share of the clients that the candidate answers.", {
    share: "max(canary_share_percent) / 100",
  }),
  stat("Time in the step", "seconds", "Since the share changed.", {
    time: "time() - max(canary_step_started_timestamp_seconds)",
  }),
  stat("Requests", "requests", "That the candidate answered since the step began.", {
    requests: 'sum(canary_step_requests{arm="candidate"})',
  }),
  stat("Overdue", "canaries", "Whose step is past its time without a verdict.", {
    overdue: "sum(canary_overdue)",
  }),
  stat(
    "Prometheus",
    "state",
    "Whether the canary got its counts at its last look; without them it decides nothing.",
    { answers: "min(canary_data)" },
    1,
  ),
];

const course: Panel[] = [
  graph("Share", "ratio", "Share of the clients that the candidate answers. Each step is a change.", {
    share: "max(canary_share_percent) / 100",
  }),
  graph(
    "Outcome",
    "canaries",
    "Failed: a check failed, and the share went back to 0. Stopped: a step past its time was rolled back.",
    { "{{outcome}}": "sum by (outcome) (canary_outcome == 1)" },
  ),
  withMarks(
    signed(
      graph("Verdicts", "verdict", "Of each check: 1 is a pass, 0 inconclusive, -1 a failure.", {
        "{{check}}": "min by (check) (canary_verdict)",
      }),
    ),
  ),
  withMarks(
    graph("Failed", "ratio", "Share of 5xx in the answers of each side, measured at the gateway.", {
      candidate: failed("candidate"),
      stable: failed("stable"),
    }),
  ),
  withMarks(
    graph("Latency", "seconds", "p50 and p95 of each side, measured at the gateway.", {
      "candidate p50": quantile(0.5, "candidate"),
      "candidate p95": quantile(0.95, "candidate"),
      "stable p50": quantile(0.5, "stable"),
      "stable p95": quantile(0.95, "stable"),
    }),
  ),
  withMarks(
    graph("Requests in the step", "requests", "Answers of each side since the step began.", {
      "{{arm}}": "sum by (arm) (canary_step_requests)",
    }),
  ),
];

/** @param limit PromQL by legend: what the whole interval must not cross. */
function difference(title: string, check: string, description: string, limit: string): Panel {
  const bound = (name: string) => `max(canary_check_difference{check="${check}",bound="${name}"})`;
  const queries = { low: bound("low"), estimate: bound("estimate"), high: bound("high"), limit };
  return withMarks(signed(graph(title, "ratio", description, queries)));
}
const margin = (check: string) => `max(canary_check_margin{check="${check}"})`;

const checks: Panel[] = [
  difference(
    "Difference of errors",
    "errors",
    "Share of the candidate minus that of stable, with its 95 % interval. It passes below the limit and fails above.",
    margin("errors"),
  ),
  difference(
    "Difference of rejected requests",
    "rejected",
    "Share of 4xx of the candidate minus that of stable, with its 95 % interval. It passes below the limit and fails above.",
    margin("rejected"),
  ),
  difference(
    "Difference of slow answers",
    "slow",
    "Share of the candidate minus that of stable, with its 95 % interval. It passes below the limit and fails above.",
    margin("slow"),
  ),
  difference(
    "Difference of other answers",
    "agreement",
    "Share of other answers in the shadow, minus that of stable with itself. It passes below the limit and fails above.",
    margin("agreement"),
  ),
  withMarks(
    graph(
      "Fallbacks",
      "requests/s",
      "Requests of the candidate's clients that did not reach it, so that stable answered them.",
      { fallbacks: `sum(${rate("gateway_fallbacks_total")}) or 0 * sum(canary_share_percent)` },
    ),
  ),
];

const sides = ["stable", "stable_version", "candidate", "candidate_version"];
const tables: Panel[] = [
  table(
    "Versions",
    "time",
    "What is compared, the outcome, and when the step began.",
    [...sides, "outcome"],
    {
      "step began":
        `max by (${sides.join(", ")}, outcome) (canary_step_started_timestamp_seconds` +
        ` * on (worker, instance) group_left (${sides.join(", ")}) canary_info` +
        " * on (worker, instance) group_left (outcome) (canary_outcome == 1))",
    },
  ),
  table(
    "Decisions",
    "decisions",
    "Advance: to the next step. Hold: a step past its time goes on. Rollback: to a share of 0. Pass: all steps passed.",
    ["decision"],
    { decisions: "sum by (decision) (canary_decisions_total)" },
  ),
];

export const canary: Page = {
  uid: "canary",
  title: "Canary",
  description: "A candidate that answers a growing share of the clients, and the evidence for it.",
  hasWorkerFilter: false,
  marks: SHARE_SINCE,
  panels: [...stats, ...course, ...checks, ...tables],
};
