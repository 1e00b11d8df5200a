import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shipped } from "../index.ts";

const PROJECT = join(import.meta.dir, "../..");
const folder = mkdtempSync(join(tmpdir(), "training-data-"));
const tweets = join(folder, "tweets.csv");
writeFileSync(tweets, "sentiment,content\nlove,so happy\n");
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the last command of a target, with its variables in the environment, without make, which would install missing tools first. */
function make(target: string, ...variables: string[]): string {
  const { stdout } = Bun.spawnSync(["make", "--dry-run", target, ...variables], { cwd: PROJECT });
  const command = stdout.toString().trim().split("\n").at(-1) ?? "";
  const env = { ...process.env, ...Object.fromEntries(variables.map((each) => each.split("="))) };
  return Bun.spawnSync(["sh", "-c", command], { cwd: PROJECT, env }).stderr.toString();
}

for (const target of ["train", "train-verify", "evaluate", "study"]) {
  // make evaluate refuses the model of make train-own first
  test.skipIf(target === "evaluate" && !shipped)(
    `make ${target} names the variable to set for missing data`,
    () => {
      expect(make(target, `DATA=${folder}/none.csv`)).toBe(
        `error: no data at ${folder}/none.csv: give its path with DATA=...\n`,
      );
      const part = target === "evaluate" ? "test.tsv" : "train.tsv";
      for (const [variables, place] of [
        [[], "goemotions"],
        [[`GOEMOTIONS=${folder}/other`], "other"],
      ] as const)
        expect(make(target, `DATA=${tweets}`, ...variables)).toBe(
          `error: no data at ${folder}/${place}/${part}: give its path with GOEMOTIONS=...\n`,
        );
    },
  );
}

test("make train-own names the variable to set for missing data", () => {
  expect(make("train-own")).toBe("error: give the path of the data with CSV=...\n");
  expect(make("train-own", `CSV=${folder}`)).toBe(
    `error: no data at ${folder}: give its path with CSV=...\n`,
  );
});
