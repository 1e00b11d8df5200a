// The shadow process's counts as metrics.
import { Counter, Gauge, type Registry } from "prom-client";
import { counted, type Rows } from "../counted.ts";
import { ABSENT } from "./compare.ts";
import type { Counts } from "./contract.ts";
import type { Fields } from "./fields.ts";
import type { Shadow } from "./process.ts";
import { OTHERS } from "./tally.ts";

const NUMBERS = ["mean", "maximum"] as const;

const byReason = (all: Record<string, number>): Rows =>
  Object.entries(all).map(([reason, value]) => [{ reason }, value]);

/** What metrics say of names and values: only what a schema has, because others may be texts of clients. */
function listed(all: readonly Fields[]) {
  const hasPath = (path: string) => all.some((fields) => fields.has(path));
  const value = (path: string, one: string) =>
    one === ABSENT || all.some((fields) => fields.get(path)?.values?.has(one)) ? one : OTHERS;
  const labels = (matrix: Counts["matrix"]): Rows =>
    matrix
      .filter(({ path }) => hasPath(path))
      .map(({ path, stable, candidate, values }) => [
        { path, stable: value(path, stable), candidate: value(path, candidate) },
        values,
      ]);
  return { hasPath, labels };
}

export function shadowMetrics(registry: Registry, shadow: Shadow): void {
  const counts = () => shadow.tally.counts();
  const of =
    (metric: ReturnType<typeof counted>) =>
    (name: string, help: string, labelNames: string[], rows: (counts: Counts) => Rows) =>
      metric(name, help, labelNames, () => rows(counts()));
  const [counter, gauge] = [of(counted(Counter, registry)), of(counted(Gauge, registry))];
  const known = listed([...shadow.fields.values()]);
  const { stable, candidate } = shadow.settings;
  const sides = {
    stable: stable.worker,
    stable_version: stable.version,
    candidate: candidate.worker,
    candidate_version: candidate.version,
  };
  gauge("shadow_info", "Always 1; the labels say what is compared.", Object.keys(sides), () => [[sides, 1]]);
  counter(
    "shadow_received_total",
    "Live requests of the sample; compared, dropped, skipped or waiting.",
    [],
    ({ received }) => [[{}, received]],
  );
  counter("shadow_compared_total", "Live requests that the candidate was asked too.", [], ({ compared }) => [
    [{}, compared],
  ]);
  counter(
    "shadow_dropped_total",
    "Live requests that were not compared, although they could have been.",
    ["reason"],
    ({ dropped }) => byReason(dropped),
  );
  counter("shadow_skipped_total", "Live requests that could not be compared.", ["reason"], ({ skipped }) =>
    byReason(skipped),
  );
  gauge("shadow_waiting", "Live requests that wait to be compared.", [], () => [[{}, shadow.waiting]]);
  const same = ({ labels, answers, noise }: Counts) =>
    (
      [
        ["candidate", "label", labels],
        ["candidate", "answer", answers],
        ["stable", "label", noise.labels],
        ["stable", "answer", noise.answers],
      ] as const
    ).map(([against, what, all]) => ({ labels: { against, what }, all }));
  counter(
    "shadow_pairs_total",
    "Answers of stable that were compared with the candidate, or with another one of stable.",
    ["against", "what"],
    (all) => same(all).map(({ labels, all: { pairs } }) => [labels, pairs]),
  );
  counter("shadow_same_total", "Those that were the same.", ["against", "what"], (all) =>
    same(all).map(({ labels, all: { same } }) => [labels, same]),
  );
  counter(
    "shadow_labels_total",
    "Labels by the value of stable and of the candidate.",
    ["path", "stable", "candidate"],
    ({ matrix }) => known.labels(matrix),
  );
  counter(
    "shadow_statuses_total",
    "Answers by the status of stable and of the candidate.",
    ["stable", "candidate"],
    ({ statuses }) => statuses.map(({ pairs, ...labels }) => [labels, pairs]),
  );
  gauge(
    "shadow_number_difference",
    "Absolute difference of a number.",
    ["path", "statistic"],
    ({ numbers }) =>
      numbers
        .filter(({ path }) => known.hasPath(path))
        .flatMap(({ path, values, sum, maximum }) =>
          NUMBERS.map((statistic): Rows[number] => [
            { path, statistic },
            statistic === "mean" ? sum / values : maximum,
          ]),
        ),
  );
  gauge(
    "shadow_latency_difference_seconds",
    "The candidate's time minus that of stable for the same request, both asked by the shadow process.",
    ["quantile"],
    ({ latencies: { p50, p95 } }) =>
      p50 === undefined || p95 === undefined
        ? []
        : [
            [{ quantile: "0.5" }, p50 / 1000],
            [{ quantile: "0.95" }, p95 / 1000],
          ],
  );
}
