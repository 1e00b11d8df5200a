import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { belowFloor } from "./evaluation/floor.ts";
import { plot } from "./evaluation/plot.ts";
import { printReport } from "./evaluation/print.ts";
import { makeReport, type Report } from "./evaluation/report.ts";
import { loadModel, meta } from "./index.ts";
import { readTweets } from "./training/dataset.ts";
import { GO_TEST, readGoEmotions } from "./training/goemotions.ts";
import { dataPaths, flag, runCommand } from "./training/options.ts";

const REPORT = new URL("./artifact/report.json", import.meta.url).pathname;
const PLOT = new URL("./artifact/report.svg", import.meta.url).pathname;

/**
 * `bun run model/evaluate.ts [--data CSV] [--goemotions FOLDER] [--check]`
 * Prints and writes the report. With --check writes nothing and exits 1 when the artifact falls below
 * the floor or the committed report is not its own; without the data it judges the committed report.
 */
function evaluate(): number {
  const { tweets: path, goemotions } = dataPaths();
  const check = flag("--check");
  const withoutData = check && !existsSync(path);
  if (withoutData) console.log(`skipped re-scoring: no data at ${path}; judging the committed report`);
  const report = withoutData ? committed() : score(path, goemotions);
  if (!check) {
    writeFileSync(REPORT, `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(PLOT, plot(report.reliability, report.confusion));
  }
  const faults = belowFloor(report.metrics);
  if (check && committed().artifact !== meta.sha256)
    faults.push("report.json is of another artifact: run make evaluate");
  for (const fault of faults) console.error(`FAIL ${fault}`);
  return faults.length > 0 ? 1 : 0;
}

function score(path: string, goemotions: string): Report {
  const { examples, sha256 } = readTweets(path);
  const comments = readGoEmotions(goemotions, GO_TEST).examples;
  const report = makeReport(loadModel(), meta.sha256, examples, sha256, comments);
  console.log(printReport(report));
  return report;
}

function committed(): Report {
  // our own file, written by this command
  return JSON.parse(readFileSync(REPORT, "utf8")) as Report;
}

runCommand(evaluate);
