import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { loadModel } from "./index.ts";
import { type Example, readTweets } from "./training/dataset.ts";
import { EMOTIONS } from "./training/emotions.ts";
import { dataPaths, runCommand } from "./training/options.ts";

const HERE = new URL("./bench/", import.meta.url).pathname;
const VENV = new URL("../.tools/scikit-learn", import.meta.url).pathname;
const ROUNDS = 5;
const ONE_THREAD = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };

/**
 * `bun run model/bench.ts [--data CSV]`
 * Sentences a second, one at a time on one thread, of this model and of scikit-learn in the same run on
 * the same tweets, best of five rounds each; and the time and memory of loading.
 */
function bench(): number {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const model = loadModel();
  const loaded = performance.now() - started;
  const memory = (process.memoryUsage.rss() - before) / 2 ** 20;
  console.log(`load: ${loaded.toFixed(1)} ms, ${memory.toFixed(1)} MiB of resident memory`);

  const { examples } = readTweets(dataPaths().tweets);
  let best = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const start = performance.now();
    for (const { text } of examples) model.predict(text);
    const rate = (1000 * examples.length) / (performance.now() - start);
    best = Math.max(best, rate);
    console.log(`predict, round ${round}: ${Math.round(rate)} sentences/s`);
  }
  const theirs = scikitRate(examples);
  console.log(`scikit-learn 1.6.1: ${Math.round(theirs)} sentences/s`);
  console.log(`ratio: ${(best / theirs).toFixed(0)} x`);
  return 0;
}

function scikitRate(examples: readonly Example[]): number {
  const python = `${VENV}/bin/python`;
  if (!existsSync(python)) {
    console.log(`installing scikit-learn into ${VENV}`);
    mkdirSync(VENV, { recursive: true });
    run("python3", ["-m", "venv", VENV]);
    run(python, ["-m", "pip", "install", "--quiet", "-r", `${HERE}requirements.txt`]);
  }
  const folder = mkdtempSync(`${tmpdir()}/fortress-bench-`);
  try {
    const paths = [`${folder}/texts.json`, `${folder}/labels.json`] as const;
    writeFileSync(paths[0], JSON.stringify(examples.map(({ text }) => text)));
    writeFileSync(paths[1], JSON.stringify(examples.map(({ label }) => EMOTIONS[label])));
    return Number(run(python, [`${HERE}scikit.py`, ...paths, String(ROUNDS)]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, [...args], { encoding: "utf8", env: { ...process.env, ...ONE_THREAD } });
  if (result.status !== 0) throw new Error(`${command} ${args.join(" ")}: ${result.stderr || result.error}`);
  return result.stdout;
}

runCommand(bench);
