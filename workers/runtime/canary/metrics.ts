// The canary's state as metrics.
import { Counter, Gauge, type Registry } from "prom-client";
import { counted, type Rows } from "../counted.ts";
import type { Decision } from "./contract.ts";
import type { Canary } from "./process.ts";

const OUTCOMES = ["running", "passed", "failed", "stopped"] as const;
const ARMS = ["stable", "candidate"] as const;
const VALUES: Record<Decision, number> = { pass: 1, inconclusive: 0, fail: -1 };

export function canaryMetrics(registry: Registry, canary: Canary): void {
  const [counter, gauge] = [counted(Counter, registry), counted(Gauge, registry)];
  const one = (name: string, help: string, value: () => number) =>
    gauge(name, help, [], () => [[{}, value()]]);
  const { stable, candidate } = canary.settings;
  const sides = {
    stable: stable.worker,
    stable_version: stable.version,
    candidate: candidate.worker,
    candidate_version: candidate.version,
  };
  const findings = () => canary.state.verdict?.findings ?? [];
  gauge("canary_info", "Always 1; the labels say what is compared.", Object.keys(sides), () => [[sides, 1]]);
  one(
    "canary_share_percent",
    "Share of the clients that the candidate answers, 0 to 100.",
    () => canary.share,
  );
  one("canary_step_started_timestamp_seconds", "When the step began.", () => canary.state.since / 1000);
  gauge("canary_outcome", "1 for what has become of it, 0 for the others.", ["outcome"], () =>
    OUTCOMES.map((outcome): Rows[number] => [{ outcome }, Number(canary.state.outcome === outcome)]),
  );
  one("canary_overdue", "1 while a step is undecided past its time.", () => Number(canary.state.overdue));
  one("canary_data", "1 if the last look got counts from Prometheus.", () => Number(canary.state.data));
  for (const [name, what] of [
    ["requests", "Requests"],
    ["errors", "Failed requests"],
    ["slow", "Requests slower than the objective"],
  ] as const)
    gauge(`canary_step_${name}`, `${what} since the step began.`, ["arm"], () =>
      ARMS.map((arm): Rows[number] => [{ arm }, canary.state.counts[arm][name]]),
    );
  gauge(
    "canary_check_difference",
    "Share of the candidate minus that of stable, with its always-valid 95 % interval.",
    ["check", "bound"],
    () =>
      findings().flatMap(
        ({ check, difference }): Rows =>
          !Number.isFinite(difference.share)
            ? []
            : [
                [{ check, bound: "estimate" }, difference.share],
                [{ check, bound: "low" }, difference.low],
                [{ check, bound: "high" }, difference.high],
              ],
      ),
  );
  gauge("canary_check_margin", "The largest difference that passes.", ["check"], () =>
    findings().map(({ check, margin }): Rows[number] => [{ check }, margin]),
  );
  gauge("canary_verdict", "1 pass, 0 inconclusive, -1 fail.", ["check"], () => [
    ...findings().map(({ check, decision }): Rows[number] => [{ check }, VALUES[decision]]),
    [{ check: "all" }, VALUES[canary.state.verdict?.decision ?? "inconclusive"]],
  ]);
  counter("canary_decisions_total", "Decisions of this canary.", ["decision"], () => {
    const all = Object.groupBy(canary.state.decisions, ({ decision }) => decision);
    return Object.entries(all).map(([decision, { length }]): Rows[number] => [{ decision }, length]);
  });
}
