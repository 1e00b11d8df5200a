// make shadow-report: what a shadow found, with its uncertainty.

import type { Report, Same } from "../../workers/runtime/shadow/contract.ts";
import { difference, proportion } from "../../workers/runtime/statistics/proportions.ts";
import type { Shadow } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import type { Release } from "./release.ts";
import { findings, hits, milliseconds, misses, names, share, signed, total } from "./shadow-findings.ts";
import { localTime, number, printable, table } from "./text.ts";

/** Pairs of the live version with itself below which their interval is wide. */
const FEW_TWICE = 300;
/** Values of a label that are shown as a matrix; of more, only the changes. */
const MAX_COLUMNS = 20;
const MAX_ROWS = 10;

const reasons = (all: Readonly<Record<string, number>>) => {
  const some = Object.entries(all).filter(([, value]) => value > 0);
  return some.length === 0 ? "" : ` (${some.map(([name, value]) => `${name} ${number(value)}`).join(", ")})`;
};

function sample({ counts, waiting }: Report): string {
  const { received, compared, dropped, skipped } = counts;
  return [
    `${number(received)} received`,
    `${number(compared)} compared`,
    `${number(total(dropped))} dropped${reasons(dropped)}`,
    `${number(total(skipped))} skipped${reasons(skipped)}`,
    `${number(waiting)} waiting to be compared`,
  ].join(", ");
}

function shares(report: Report): string[] {
  const { labels, answers, noise } = report.counts;
  const [name, other] = names(report);
  const row = (what: string, one: Same) => {
    const { share: value, low, high } = proportion(hits(one));
    const cells = [share(value), `${share(low)} to ${share(high)}`];
    return one.pairs > 0 ? [[what, number(one.same), number(one.pairs), ...cells]] : [];
  };
  return table([
    ["", "SAME", "OF", "%", "95 % INTERVAL"],
    ...row(`label, ${other}`, labels),
    ...row(`label, ${name} against itself`, noise.labels),
    ...row(`answer, ${other}`, answers),
    ...row(`answer, ${name} against itself`, noise.answers),
  ]);
}

/** What differs although the live version agrees with itself there. */
function remains(report: Report): string[] {
  const { labels, answers, noise } = report.counts;
  const [name] = names(report);
  const row = (what: string, one: Same, itself: Same) => {
    const { share: value, low, high } = difference(misses(one), misses(itself));
    return Number.isNaN(value) ? [] : [[what, share(value), `${share(low)} to ${share(high)}`]];
  };
  const rows = [...row("label", labels, noise.labels), ...row("answer", answers, noise.answers)];
  if (rows.length === 0) return [];
  const twice = noise.answers.pairs;
  const { low, high } = findings(report).remaining;
  if (low > 0 || high < 0) return table([["", "%", "95 % INTERVAL"], ...rows]);
  const more =
    report.noise < 1 && twice < FEW_TWICE
      ? `; only ${number(twice)} pairs of ${name} against itself: a larger NOISE makes the interval narrower`
      : "";
  return [
    ...table([["", "%", "95 % INTERVAL"], ...rows]),
    `  the interval covers 0: no difference is shown${more}`,
  ];
}

/** The confusion matrix of one label, or its most frequent changes where it has many values. */
function matrixOf(report: Report, path: string): string[] {
  const rows = report.counts.matrix.filter((row) => row.path === path);
  const values = [...new Set(rows.flatMap(({ stable, candidate }) => [stable, candidate]))].sort();
  const of = (stable: string, candidate: string) =>
    rows.find((row) => row.stable === stable && row.candidate === candidate)?.values ?? 0;
  const changes = rows
    .filter(({ stable, candidate }) => stable !== candidate)
    .sort((a, b) => b.values - a.values);
  if (values.length <= MAX_COLUMNS && changes.length > 0)
    return table([
      ["", ...values.map(printable)],
      ...values.map((stable) => [
        printable(stable),
        ...values.map((candidate) => {
          const count = of(stable, candidate);
          return count === 0 ? "." : number(count);
        }),
      ]),
    ]);
  const sum = rows.reduce((all, row) => all + row.values, 0);
  if (changes.length === 0)
    return [`  no change: ${number(values.length)} values, compared ${number(sum)} times`];
  return table(
    changes
      .slice(0, MAX_ROWS)
      .map(({ stable, candidate, values: count }) => [
        `${printable(stable)} -> ${printable(candidate)}`,
        number(count),
      ]),
  );
}

/** JSON has null for a number without a value. */
const digits = (value: number | null) =>
  value === null || !Number.isFinite(value) ? "-" : value === 0 ? "0" : value.toPrecision(3);

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function kept({ kept: pairs }: Report): string[] {
  return pairs.flatMap(({ at, method, target, body, differs, stable, candidate }) => [
    `  ${localTime(at)} ${method} ${printable(target)} ${printable(body)}`,
    `    differs    ${printable(differs.join("; "))}`,
    `    live       ${stable.status} ${printable(stable.text)}`,
    `    candidate  ${candidate.status} ${printable(candidate.text)}`,
  ]);
}

/** The report as lines for a terminal. */
export function lines(report: Report, { percent, path, preview }: Shadow): string[] {
  const { counts, since, stable, candidate } = report;
  const { statuses, numbers, distributions, texts, shapes, latencies } = counts;
  const [name, other] = names(report);
  const paths = [...new Set(counts.matrix.map((row) => row.path))];
  const what = `now ${percent} % of its requests${path === undefined ? "" : ` to ${path}`}`;
  const asked = `${preview ? "the preview of " : ""}${candidate.worker} (${candidate.version})`;
  return [
    `shadow of ${stable.worker} (${stable.version}) since ${localTime(since)}: ${what}, also asked of ${asked}`,
    findings(report).sentence,
    ...section("requests of the sample", [`  ${sample(report)}`]),
    ...section("same answers", counts.compared === 0 ? [] : shares(report)),
    ...section("how often the candidate disagrees more than the live version with itself", remains(report)),
    ...section(
      `status of ${name}, of ${other}`,
      table(statuses.map((row) => [`${row.stable} -> ${row.candidate}`, number(row.pairs)])),
    ),
    ...paths.flatMap((each) =>
      section(`${printable(each)}: rows ${name}, columns ${other}`, matrixOf(report, each)),
    ),
    ...section(
      "absolute differences of numbers",
      table(
        numbers.length === 0
          ? []
          : [
              ["", "VALUES", "MEAN", "MAXIMUM", "BEYOND TOLERANCE"],
              ...numbers.map((row) => [
                printable(row.path),
                number(row.values),
                digits(row.sum / row.values),
                digits(row.maximum),
                number(row.beyond),
              ]),
            ],
      ),
    ),
    ...section(
      "Jensen-Shannon divergence of distributions, in bits",
      table(
        distributions.length === 0
          ? []
          : [
              ["", "VALUES", "MEAN", "MAXIMUM"],
              ...distributions.map((row) => [
                printable(row.path),
                number(row.values),
                digits(row.sum / row.values),
                digits(row.maximum),
              ]),
            ],
      ),
    ),
    ...section(
      "texts that differ",
      table(
        texts
          .filter((row) => row.same < row.pairs)
          .map((row) => [
            printable(row.path) || "(all)",
            number(row.pairs - row.same),
            `of ${number(row.pairs)}`,
          ]),
      ),
    ),
    ...section(
      `fields that ${other} lacks, adds or has with another type`,
      table(shapes.map((row) => [printable(row.path) || "(all)", row.what, number(row.pairs)])),
    ),
    ...section(
      `time of ${other} compared with ${name}, where both were asked one after the other (the share NOISE)`,
      latencies.p50 === undefined || latencies.p95 === undefined
        ? []
        : [
            `  median ${milliseconds(latencies.p50)}${latencies.median ? ` (${latencies.median.map(signed).join(" to ")})` : ""}, p95 ${milliseconds(latencies.p95)}, of ${number(latencies.pairs)} pairs`,
          ],
    ),
    ...section("the most different pairs of the last hour", kept(report)),
  ];
}

/** @throws UserError where the process does not answer. */
export async function printReport(
  shadow: Shadow,
  ask: (worker: string, key: string) => Promise<unknown>,
  json: boolean,
): Promise<void> {
  const report = (await ask(shadow.from, shadow.key).catch((error: Error) => {
    throw new UserError(
      `the shadow of ${shadow.from} does not answer (${error.message}): make logs; make shadow-stop, then make shadow, starts it anew`,
    );
  })) as Report;
  if (json) console.log(JSON.stringify({ ...findings(report), ...report }, undefined, 2));
  else for (const line of lines(report, shadow)) console.log(line);
}

const SO_FAR_MS = 2000;

/** What the recorded shadow found so far; undefined where its process does not say so in time. */
export async function foundSoFar({ runtime, history }: Release): Promise<Report | undefined> {
  const shadow = history.shadow();
  if (!shadow || !runtime.shadowReport) return undefined;
  const asked = runtime.shadowReport(shadow.from, shadow.key).catch(() => undefined);
  return (await Promise.race([asked, Bun.sleep(SO_FAR_MS)])) as Report | undefined;
}

/** "; until now: …", for a line about the end of the shadow. */
export const untilNow = (found: Report | undefined) =>
  found && found.counts.received > 0 ? `; until now: ${findings(found).sentence}` : "";
