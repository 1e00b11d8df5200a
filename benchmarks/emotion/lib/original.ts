import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { mustRun } from "../../../ops/host/run.ts";
import { UserError } from "../../../ops/settings/fail.ts";
import { ROOT } from "../../../ops/settings/project.ts";
import type { Program } from "./start.ts";

const SOURCES = join(ROOT, "benchmarks/emotion/original");
const VENV = join(ROOT, ".tools/original");
const MODEL = join(VENV, "model.joblib");
const REQUIREMENTS = join(SOURCES, "requirements.txt");
const INSTALLED = join(VENV, "requirements.txt");

const same = (a: string, b: string) =>
  existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));

/** Installs the pinned packages and fits the model, each once. */
export function prepareOriginal(data: string): void {
  if (!same(REQUIREMENTS, INSTALLED)) {
    console.log("  installing FastAPI, uvicorn and scikit-learn into .tools/original");
    mkdirSync(VENV, { recursive: true });
    mustRun(["python3", "-m", "venv", VENV]);
    mustRun([`${VENV}/bin/pip`, "install", "--quiet", "-r", REQUIREMENTS]);
    copyFileSync(REQUIREMENTS, INSTALLED);
  }
  if (!existsSync(data))
    throw new UserError(`no data at ${data}: make bench DATA=path/to/tweet_emotions.csv`);
  if (existsSync(MODEL)) return;
  console.log("  fitting scikit-learn's model");
  mustRun([`${VENV}/bin/python`, join(SOURCES, "train.py"), resolve(data), MODEL]);
}

/** Command and environment of one uvicorn; numpy has one thread, as a worker has. */
export const originalCommand: Program = (port) => {
  const options = [
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
    "--no-access-log",
    "--log-level",
    "warning",
  ];
  return {
    command: [
      `${VENV}/bin/uvicorn`,
      "--app-dir",
      SOURCES,
      "app:app",
      ...options,
      "--timeout-keep-alive",
      "75",
    ],
    env: { MODEL, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
  };
};
