import { CsvError } from "./csv.ts";
import { MissingDataError } from "./dataset.ts";

/** Value after `name` on the command line, or `fallback`. */
export function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

export function flag(name: string): boolean {
  return process.argv.includes(name);
}

/** Runs a command; what is wrong with the data is one line on stderr and exit code 1, not a stack. */
export function runCommand(command: () => number): void {
  try {
    process.exitCode = command();
  } catch (error) {
    if (!(error instanceof CsvError || error instanceof MissingDataError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
