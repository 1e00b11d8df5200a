import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { measure } from "./evaluation/metrics.ts";
import { calibratedOutcomes } from "./evaluation/paired.ts";
import { ARTIFACT_BINARY, ARTIFACT_FOLDER, ARTIFACT_META, pack, trainCalibrated } from "./training/build.ts";
import { OWN } from "./training/config.ts";
import { option, runCommand } from "./training/options.ts";
import { readOwnData } from "./training/own-data.ts";
import { prepare } from "./training/pipeline.ts";
import { lexiconEntries } from "./training/words.ts";

const PROGRESS_MS = 5_000;

/**
 * `bun run model/train-own.ts --csv CSV [--out FOLDER]`
 * Trains a model from the columns text and label, prints held-out figures and replaces the artifact by it.
 */
function trainOwn(): number {
  const started = performance.now();
  const { examples, labels, sha256 } = readOwnData(option("--csv", ""));
  const counts = labels.map((_, k) => examples.filter(({ label }) => label === k).length);
  console.log(`${examples.length} rows, ${labels.length} labels`);
  for (const [k, label] of labels.entries()) console.log(`${String(counts[k]).padStart(9)}  ${label}`);

  const words = lexiconEntries();
  const prepared = prepare(OWN, labels.length, examples, [], words, say);
  const { model, temperature, logits } = trainCalibrated(prepared, examples, "all rows", say);
  const { outcomes } = calibratedOutcomes(logits, prepared.labels, OWN.priorShift, labels.length);
  const { accuracy, macroF1 } = measure(outcomes, labels.length);
  const most = Math.max(...counts) / examples.length;
  const majority = { accuracy: most, macroF1: (2 * most) / (1 + most) / labels.length };
  console.log("on rows it was not trained on (five-fold cross-validation):");
  console.log("                                  accuracy  macro-F1");
  console.log(row("this model", accuracy, macroF1));
  console.log(row("always the most frequent label", majority.accuracy, majority.macroF1));

  const { binary, meta } = pack(OWN, labels, words, model, {
    data: { csv: sha256 },
    trainedOn: examples.length,
    heldOut: { accuracy, macroF1, majority },
    temperature,
    config: OWN,
  });
  const out = option("--out", ARTIFACT_FOLDER);
  replace(out, { [basename(ARTIFACT_BINARY)]: binary, [basename(ARTIFACT_META)]: meta });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`wrote ${binary.length} bytes to ${join(out, basename(ARTIFACT_BINARY))} after ${seconds} s`);
  if (out === ARTIFACT_FOLDER) {
    console.log("next: make deploy");
    console.log("undo: git checkout model/artifact");
  }
  return 0;
}

function row(name: string, accuracy: number, macroF1: number): string {
  return `  ${name.padEnd(32)}${accuracy.toFixed(3).padStart(8)}${macroF1.toFixed(3).padStart(10)}`;
}

let printed = performance.now();
/** Prints progress, but not every epoch. */
function say(line: string): void {
  if (performance.now() - printed < PROGRESS_MS) return;
  printed = performance.now();
  console.log(`... ${line}`);
}

/** Writes all files beside their places, then moves them: an interrupted training leaves the old pair. */
function replace(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, `${name}.new`), content);
  for (const name of Object.keys(files)) renameSync(join(folder, `${name}.new`), join(folder, name));
}

runCommand(trainOwn);
