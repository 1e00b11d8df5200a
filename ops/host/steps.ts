import { UserError } from "../settings/fail.ts";

/** One step of a change that can be taken back. */
export interface Step {
  what: string;
  run(): Promise<void>;
  /** Takes back a run that ended, or that failed half-way. */
  undo(): Promise<void>;
}

/**
 * Runs steps one after another. When one fails, it and those before it are taken back in reverse order.
 * @throws UserError that says which step failed, why, and that the old state is back.
 */
export async function runSteps(steps: Step[], say: (line: string) => void = console.log): Promise<void> {
  const done: Step[] = [];
  for (const step of steps) {
    done.push(step);
    try {
      await step.run();
      say(`  ${step.what}`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      say(`  ${step.what}: failed, rolling back`);
      for (const each of done.reverse()) await each.undo();
      throw new UserError(`${step.what} failed: ${reason}. Rolled back: the version before is in service`);
    }
  }
}
