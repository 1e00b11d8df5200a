import { dirname, join } from "node:path";
import { main } from "../../ops/settings/fail.ts";
import { DEFAULT_DATA } from "./dataset.ts";

/** Value after `name` on the command line, or `fallback`, also where the value is empty. */
export function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1] || fallback;
}

export function flag(name: string): boolean {
  return process.argv.includes(name);
}

/** Where the data are: `--data CSV`, and `--goemotions FOLDER`, by default beside it. */
export function dataPaths(): { tweets: string; goemotions: string } {
  const tweets = option("--data", DEFAULT_DATA);
  return { tweets, goemotions: option("--goemotions", join(dirname(tweets), "goemotions")) };
}

/** Runs a command that returns its exit code; what is wrong with the data is one line on stderr, not a stack. */
export function runCommand(command: () => number): void {
  void main(() => {
    process.exitCode = command();
  });
}
