// `make bench-scale`: whether v1's CPU time grows faster than connections, replicas, sentences and characters.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { basicAuth } from "../../ops/host/gateway-client.ts";
import { reload } from "../../ops/lifecycle.ts";
import { main, UserError } from "../../ops/settings/fail.ts";
import { ROOT, setting } from "../../ops/settings/project.ts";
import { medianInterval, spread } from "../lib/statistics.ts";
import { startBeside } from "./lib/beside.ts";
import { linePlots } from "./lib/line-plot.ts";
import { likeV1, toUpstream } from "./lib/locations.ts";
import { cpu, measure, type Result } from "./lib/measure.ts";
import { machine, publish } from "./lib/publish.ts";
import { allSeries, type Series } from "./lib/series.ts";
import { replicasOf } from "./lib/stack.ts";
import { compiled, compileWorker } from "./lib/start.ts";
import { table, withSpread } from "./lib/table.ts";

const OUT = join(ROOT, "test-output/bench");
const ROUNDS = Number(process.env["ROUNDS"] || 5);
const SECONDS = Number(process.env["ROUND_SECONDS"] || 2);
const MAX_REPLICAS = 6;
const UPSTREAM = "bench-replicas";

const short = (n: number) => (n < 10 ? n.toPrecision(2) : n.toFixed(0));

/** CPU µs of a unit, by size. */
function costs({ points }: Series, results: Result[]) {
  return points.map(({ size, units }, i) => ({
    x: size,
    y: spread(results[i]!.rounds.map((round) => cpu(round) / units)),
  }));
}

/** Compares the unit at the largest size with the unit at the smallest, measured one after the other. */
function verdict({ title, unit, points }: Series, results: Result[]): string {
  const [smallest, largest] = [points[0]!, points.at(-1)!];
  const { rounds, bases } = results.at(-1)!;
  const scale = smallest.units / largest.units;
  const ratio = medianInterval(rounds.map((round, i) => (cpu(round) / cpu(bases[i]!)) * scale));
  const said = ratio.median <= 1 ? "grows no faster than linearly" : "grows faster than linearly";
  return `**${title}: the cost ${said}**: a ${unit} at ${largest.size} costs ${withSpread(ratio, (n) => n.toPrecision(2))} × one at ${smallest.size}.`;
}

function section(series: Series, results: Result[]): string {
  const rows = costs(series, results).map(({ x, y }) => [String(x), withSpread(y, short)]);
  return `${verdict(series, results)}\n\n${table([series.title, `CPU µs a ${series.unit}`], rows)}`;
}

await main(async () => {
  const data = process.argv[2] ?? "";
  if (!(await Bun.file(data).exists())) throw new UserError(`no data at ${data}: make bench-scale DATA=…`);
  mkdirSync(OUT, { recursive: true });
  const binary = join(OUT, "api-v1");
  compileWorker("api-v1", binary);
  await reload(); // with the limit lifted: RATE_LIMIT and RATE_BURST come from make
  const paths = Array.from({ length: MAX_REPLICAS }, (_, i) => `/bench/replicas-${i + 1}`);
  const copies = { name: UPSTREAM, program: compiled(binary), replicas: MAX_REPLICAS, ready: "/readyz" };
  const locations = paths.map((path, i) => likeV1(path, toUpstream(`${UPSTREAM}-${i + 1}`)));
  const beside = await startBeside([{ ...copies, subsets: true }], locations);
  const v1 = replicasOf("api-v1");
  const authorization = basicAuth(setting("GATEWAY_USER"), setting("GATEWAY_PASSWORD"));
  const replicas = paths.map((path) => ({ path, pids: () => beside.pids(UPSTREAM) }));
  const measured: [Series, Result[]][] = [];
  try {
    for (const series of allSeries(data, OUT, authorization, { v1: () => v1, replicas })) {
      console.log(`${series.title}, requests/s: ${series.points.map(({ size }) => size).join(" · ")}`);
      measured.push([
        series,
        measure(
          series.points.map((point) => point.measured),
          ROUNDS,
          SECONDS,
        ),
      ]);
    }
  } finally {
    await beside.end();
  }
  const lines = measured.map(([series, results]) => ({
    title: `CPU time of a ${series.unit}`,
    x: series.title,
    y: "µs",
    points: costs(series, results),
  }));
  publish("scale.svg", linePlots(lines));
  publish(
    "SCALE.md",
    `<!-- written by make bench-scale -->
# Scale

CPU µs of nginx, servers, log exporter and process manager of v1. ${machine()}. ${ROUNDS} interleaved rounds of ${SECONDS} s, 16 connections where they are not varied; median (minimum–maximum) of the rounds. The smallest and the largest size are compared within a round, one directly after the other; a ratio is the median (95 % bootstrap interval) of the rounds' ratios.

${measured.map(([series, results]) => section(series, results)).join("\n\n")}

![CPU time by size](scale.svg)
`,
  );
});
