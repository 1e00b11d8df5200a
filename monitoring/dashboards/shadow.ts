import { deployments, graph, matrix, type Page, type Panel, signed, stat, table } from "./panel.ts";

const WINDOW = "5m";
const increase = (metric: string) => `sum(increase(${metric}[${WINDOW}]))`;
/** Share of the pairs that are the same, since the shadow began. */
const same = (against: string, what: string) => {
  const chosen = `{against="${against}",what="${what}"}`;
  return `sum(shadow_same_total${chosen}) / (sum(shadow_pairs_total${chosen}) > 0)`;
};
const overTime = (against: string, what: string) => {
  const chosen = `{against="${against}",what="${what}"}`;
  return `${increase(`shadow_same_total${chosen}`)} / (${increase(`shadow_pairs_total${chosen}`)} > 0)`;
};

const stats: Panel[] = [
  stat("Compared", "requests", "Live requests that the candidate was asked too, since the shadow began.", {
    compared: "sum(shadow_compared_total)",
  }),
  stat("Same label", "ratio", "Share of the pairs with equal labels; make shadow-report has the interval.", {
    label: same("candidate", "label"),
  }),
  stat("Same answer", "ratio", "Share of the pairs without any difference beyond a tolerance.", {
    answer: same("candidate", "answer"),
  }),
  stat("Against itself", "ratio", "Share of equal answers when the live version is asked twice.", {
    itself: same("stable", "answer"),
  }),
  stat(
    "Dropped",
    "ratio",
    "Share of the sample that was not compared: above 5 % the pairs may not be like the other requests.",
    { dropped: "sum(shadow_dropped_total) / (sum(shadow_received_total) > 0)" },
    0.05,
  ),
  stat("Waiting", "requests", "Live requests that wait to be compared.", { waiting: "sum(shadow_waiting)" }),
];

const graphs: Panel[] = [
  graph(
    "Agreement",
    "ratio",
    "Share of equal labels and answers, and of those of the live version with itself, in the last five minutes.",
    {
      label: overTime("candidate", "label"),
      answer: overTime("candidate", "answer"),
      "answer, against itself": overTime("stable", "answer"),
    },
  ),
  graph("Sample", "requests/s", "What becomes of the requests of the sample.", {
    compared: `sum(rate(shadow_compared_total[${WINDOW}]))`,
    "dropped {{reason}}": `sum by (reason) (rate(shadow_dropped_total[${WINDOW}]))`,
    "skipped {{reason}}": `sum by (reason) (rate(shadow_skipped_total[${WINDOW}]))`,
  }),
  signed(
    graph(
      "Latency difference",
      "seconds",
      "The candidate's time minus that of the live version, where both were asked (the share NOISE); below 0 it is faster.",
      {
        median: 'max(shadow_latency_difference_seconds{quantile="0.5"})',
        p95: 'max(shadow_latency_difference_seconds{quantile="0.95"})',
      },
    ),
  ),
];

const tables: Panel[] = [
  table(
    "Versions",
    "requests",
    "What is compared: the live version and the candidate.",
    ["stable", "stable_version", "candidate", "candidate_version"],
    {
      compared:
        "sum by (stable, stable_version, candidate, candidate_version) (shadow_info * on (worker, instance) group_left () shadow_compared_total)",
    },
  ),
  matrix(
    "Labels",
    "requests",
    "Rows: label of the live version; columns: of the candidate. Off the diagonal, they differ.",
    ["stable", "candidate"],
    { labels: "sum by (stable, candidate) (shadow_labels_total)" },
  ),
  matrix(
    "Statuses",
    "requests",
    "Rows: status of the live version; columns: of the candidate.",
    ["stable", "candidate"],
    { statuses: "sum by (stable, candidate) (shadow_statuses_total)" },
  ),
];

export const shadow: Page = {
  uid: "shadow",
  title: "Shadow",
  description: "What another version answers to a sample of the live requests (make shadow).",
  hasWorkerFilter: false,
  marks: deployments(),
  panels: [...stats, ...graphs, ...tables],
};
