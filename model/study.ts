import { ABLATION, CONFIGURATIONS } from "./evaluation/configurations.ts";
import { measure, type Outcome } from "./evaluation/metrics.ts";
import { calibratedOutcomes, pairedLoss } from "./evaluation/paired.ts";
import type { Config } from "./training/config.ts";
import { readTweets } from "./training/dataset.ts";
import { EMOTION_COUNT } from "./training/emotions.ts";
import { GO_TRAINING, readGoEmotions } from "./training/goemotions.ts";
import { dataPaths, option, runCommand } from "./training/options.ts";
import { crossValidate, prepare } from "./training/pipeline.ts";
import { foldOf, isTest } from "./training/split.ts";
import { lexiconEntries } from "./training/words.ts";

/**
 * `bun run model/study.ts [--data CSV] [--goemotions FOLDER] [--only TEXT]`
 * Five-fold cross-validation on all data but the test part, one Markdown row for each configuration, then
 * the ablation. The last column is the difference in log loss to the chosen configuration, paired by text,
 * with its standard error.
 */
function study(): number {
  const { tweets, goemotions } = dataPaths();
  const { examples } = readTweets(tweets);
  const go = readGoEmotions(goemotions, GO_TRAINING);
  const known = examples.filter(({ text }) => !isTest(text));
  const folds = known.map(({ text }) => foldOf(text));
  const labels = known.map(({ label }) => label);
  const words = lexiconEntries();
  const only = option("--only", "");

  const cache = new Map<string, Float64Array>();
  const outcomesOf = (config: Config): Outcome[] => {
    // the prior shift is applied after training, so configurations that differ in it share one training
    const key = JSON.stringify({ ...config, priorShift: 0 });
    const prepared = () => prepare(config, EMOTION_COUNT, known, go.examples, words, () => {});
    const logits = cache.get(key) ?? crossValidate(prepared(), folds, () => {});
    cache.set(key, logits);
    return calibratedOutcomes(logits, labels, config.priorShift).outcomes;
  };

  for (const [title, candidates] of Object.entries({ configuration: CONFIGURATIONS, ablation: ABLATION })) {
    console.log(`\n| ${title} | accuracy | macro-F1 | top-3 | log loss | ECE | Δ log loss |`);
    console.log("|---|---|---|---|---|---|---|");
    let chosen: readonly Outcome[] | null = null;
    for (const { name, config } of candidates) {
      if (chosen && !name.includes(only)) continue;
      const outcomes = outcomesOf(config);
      console.log(row(name, outcomes, chosen));
      chosen ??= outcomes;
    }
  }
  return 0;
}

function row(name: string, outcomes: readonly Outcome[], chosen: readonly Outcome[] | null): string {
  const { accuracy, macroF1, top3, logLoss, ece } = measure(outcomes);
  const cells = [accuracy, macroF1, top3, logLoss, ece].map((value) => value.toFixed(4));
  return `| ${[name, ...cells, chosen ? difference(outcomes, chosen) : ""].join(" | ")} |`;
}

function difference(outcomes: readonly Outcome[], chosen: readonly Outcome[]): string {
  const { mean, error } = pairedLoss(outcomes, chosen);
  return `${mean < 0 ? "−" : "+"}${Math.abs(mean).toFixed(4)} ± ${error.toFixed(4)}`;
}

runCommand(study);
