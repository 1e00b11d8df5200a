import { UserError } from "../settings/fail.ts";

const QUIET_MS = 2000;
const POLL_MS = 100;

/** Thrown by a check when waiting longer cannot help: the wait ends at once. */
export class PermanentError extends UserError {}

/**
 * Polls until `check` returns undefined (done) or the deadline passes; says what it waits for when that takes
 * longer than two seconds. `check` returns what is still missing.
 * @throws UserError with what was missing at the end.
 */
export async function waitFor(
  what: string,
  check: () => Promise<string | undefined>,
  timeoutMs: number,
): Promise<void> {
  const started = performance.now();
  let said = "";
  for (;;) {
    const missing = await check().catch((error: Error) => {
      if (error instanceof PermanentError) throw error;
      return error.message;
    });
    if (missing === undefined) return;
    const waited = performance.now() - started;
    if (waited > timeoutMs)
      throw new UserError(`${what} did not come up in ${timeoutMs / 1000} s: ${missing}`);
    if (waited > QUIET_MS && missing !== said) {
      console.log(`  waiting for ${what}: ${missing}`);
      said = missing;
    }
    await Bun.sleep(POLL_MS);
  }
}
