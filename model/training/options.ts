import { dirname, join } from "node:path";
import { main } from "../../ops/settings/fail.ts";
import { DEFAULT_DATA } from "./dataset.ts";

/** Value after `name` on the command line; `fallback` if it is missing or empty. */
export function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1] || fallback;
}

export function flag(name: string): boolean {
  return process.argv.includes(name);
}

/** `--data CSV`, and `--goemotions FOLDER`, by default beside the CSV. */
export function dataPaths(): { tweets: string; goemotions: string } {
  const tweets = option("--data", DEFAULT_DATA);
  return { tweets, goemotions: option("--goemotions", join(dirname(tweets), "goemotions")) };
}

/** Runs a command that returns its exit code; errors in the data are one line on stderr, without a stack. */
export function runCommand(command: () => number): void {
  void main(() => {
    process.exitCode = command();
  });
}
