// The error of a failed image build, as one line.

/** Before each line of BuildKit's plain output, and of the summary of the failed step. */
const STEP = /^(?:#\d+ )?\d+\.\d+ /;
const IN_IMAGE = /^\s+at (?:\/src\/)?(\S+:\d+:\d+)$/;

/** Errors of apt, npm, curl and Bun. */
const PROGRAM = /^(E: |npm (ERR!|error) |curl: \()/;
const NETWORK =
  /^(E: |W: |npm |curl: |error: ).*(Failed to fetch|Could not (resolve|connect)|failure resolving|Connection ?(failed|refused|reset|timed out)|ETIMEDOUT|EAI_AGAIN|ECONNRESET)/i;

/** The error of a program in the failed step; apt's network errors come before its last one, as warnings or errors. */
function programError(lines: readonly string[]): string | undefined {
  const network = lines.findLast((line) => NETWORK.test(line));
  if (network) return `${network.replace(/^error: /, "")} (a network error: run it again)`;
  const own = lines.find((line) => line.startsWith("error: ")); // of workers/build/
  return own?.slice("error: ".length) ?? lines.findLast((line) => PROGRAM.test(line));
}

/** The error of a build: that of the bundler with its place, as `file:line:column: message`, otherwise the last error line. */
export function imageError(output: string): string {
  const lines = output.split("\n").map((line) => line.replace(STEP, ""));
  const head = lines.findIndex((line, i) => line.startsWith("error: ") && IN_IMAGE.test(lines[i + 1] ?? ""));
  const [, place = ""] = IN_IMAGE.exec(lines[head + 1] ?? "") ?? [];
  if (head >= 0) return `${place}: ${lines[head]?.slice("error: ".length)}`;
  return programError(lines) ?? lines.findLast((line) => /error|failed/i.test(line)) ?? output;
}
