import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { UserError } from "../ops/settings/fail.ts";
import { belowFloor } from "./evaluation/metrics.ts";
import { plot } from "./evaluation/plot.ts";
import { printReport } from "./evaluation/print.ts";
import { makeReport, type Report } from "./evaluation/report.ts";
import { loadModel, meta, shipped } from "./index.ts";
import { readTweets } from "./training/dataset.ts";
import { GO_TEST, readGoEmotions } from "./training/goemotions.ts";
import { dataPaths, flag, runCommand } from "./training/options.ts";

const REPORT = new URL("./artifact/report.json", import.meta.url).pathname;
const PLOT = new URL("./artifact/report.svg", import.meta.url).pathname;

/**
 * `bun run model/evaluate.ts [--data CSV] [--goemotions FOLDER] [--check]`
 * Prints and writes the report. With --check it writes nothing and exits with 1 if the metrics are below
 * the floor or the committed report is of another artifact; without the data it checks the committed report.
 */
function evaluate(): number {
  if (!shipped) throw new UserError("the model is from make train-own, which printed its figures");
  const { tweets: path, goemotions } = dataPaths();
  const check = flag("--check");
  const withoutData = check && !existsSync(path);
  if (withoutData) console.log(`no data at ${path}: checking the committed report only`);
  const report = withoutData ? committed() : score(path, goemotions);
  if (!check) {
    writeFileSync(REPORT, `${JSON.stringify(report, null, 1)}\n`);
    writeFileSync(PLOT, plot(report.reliability, report.confusion));
  }
  const problems = belowFloor(report.metrics);
  if (check && committed().artifact !== meta.sha256)
    problems.push("report.json is of another artifact: run make evaluate");
  for (const problem of problems) console.error(`FAIL ${problem}`);
  return problems.length > 0 ? 1 : 0;
}

function score(path: string, goemotions: string): Report {
  const { examples, sha256 } = readTweets(path);
  const comments = readGoEmotions(goemotions, GO_TEST).examples;
  const report = makeReport(loadModel(), meta.sha256, examples, sha256, comments);
  console.log(printReport(report));
  return report;
}

function committed(): Report {
  // written by this command
  return JSON.parse(readFileSync(REPORT, "utf8")) as Report;
}

runCommand(evaluate);
