import { UserError } from "../settings/fail.ts";

/** A failure after every replica was replaced: the deployment stands, and the command fails. */
export class AfterwardsError extends UserError {}

/** Runs what follows the replacements. @throws AfterwardsError with what fails then. */
export async function afterwards<T>(run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AfterwardsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
