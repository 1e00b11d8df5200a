import { ABLATION, type Candidate, CONFIGURATIONS } from "./evaluation/configurations.ts";
import { calibratedOutcomes, crossValidate, pairedLoss } from "./evaluation/crossval.ts";
import { measure, type Outcome } from "./evaluation/metrics.ts";
import { DEFAULT_DATA, readTweets } from "./training/dataset.ts";
import { DEFAULT_GOEMOTIONS, GO_TRAINING, readGoEmotions } from "./training/goemotions.ts";
import { flag, option, runCommand } from "./training/options.ts";
import { prepare } from "./training/pipeline.ts";
import { foldOf, partOf } from "./training/split.ts";
import { lexiconEntries } from "./training/words.ts";

/**
 * `bun run model/study.ts [--ablation] [--only TEXT]`
 * Five-fold cross-validation over everything but the test part: one Markdown row a configuration.
 * The last column is its log loss less the chosen one's, paired, with the standard error.
 */
function study(): number {
  const { examples } = readTweets(option("--data", DEFAULT_DATA));
  const go = readGoEmotions(option("--goemotions", DEFAULT_GOEMOTIONS), GO_TRAINING);
  const known = examples.filter(({ text }) => partOf(text) !== "test");
  const folds = known.map(({ text }) => foldOf(text));
  const labels = known.map(({ label }) => label);
  const words = lexiconEntries();
  const only = option("--only", "");
  let chosen: readonly Outcome[] | null = null;
  console.log(`five folds over ${known.length} tweets`);
  console.log("| configuration | accuracy | macro-F1 | top-3 | log loss | ECE | Δ log loss |");
  console.log("|---|---|---|---|---|---|---|");
  for (const { name, config } of flag("--ablation") ? ABLATION : CONFIGURATIONS) {
    if (name !== "chosen" && !name.includes(only)) continue;
    const prepared = prepare(config, known, go.examples, words, () => {});
    const { outcomes } = calibratedOutcomes(crossValidate(prepared, folds), labels, config.priorShift);
    console.log(row({ name, config }, outcomes, chosen));
    chosen ??= outcomes;
  }
  return 0;
}

function row({ name }: Candidate, outcomes: readonly Outcome[], chosen: readonly Outcome[] | null): string {
  const { accuracy, macroF1, top3, logLoss, ece } = measure(outcomes);
  const difference = chosen ? pairedLoss(outcomes, chosen) : { mean: 0, error: 0 };
  const cells = [accuracy, macroF1, top3, logLoss, ece].map((value) => value.toFixed(4));
  const delta = `${difference.mean < 0 ? "−" : "+"}${Math.abs(difference.mean).toFixed(4)} ± ${difference.error.toFixed(4)}`;
  return `| ${[name, ...cells, chosen ? delta : "–"].join(" | ")} |`;
}

runCommand(study);
