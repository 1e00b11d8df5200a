import { secretFix, secretProblem, workers } from "../settings/project.ts";

/** Prints a line for each worker that a start or a deployment leaves out. `what`: "started" or "replaced". */
export function reportMissingSecrets(what: string): void {
  for (const worker of workers()) {
    const problem = secretProblem(worker);
    if (problem) console.error(`warning: ${worker.name} is not ${what}: ${problem}: ${secretFix(worker)}`);
  }
}

/** What `make ps` says of a worker that a start or a deployment leaves out. */
export function leftOut(runs: boolean, problem: string): string {
  return `${runs ? "kept as it was" : "not started"} (${problem})`;
}
