import { UserError } from "../settings/fail.ts";

const QUIET_MS = 2000;
const POLL_MS = 100;

const SETTLE_MS = 1000;

/** Thrown by a check when waiting cannot help: the wait ends at once. */
export class PermanentError extends UserError {}

/**
 * Polls until `check` returns undefined (done) or the deadline passes. `check` returns what is missing, which is printed
 * after two seconds. @throws UserError with what is missing at the deadline.
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
    if (waited > timeoutMs) throw new UserError(`${what} not ready after ${timeoutMs / 1000} s: ${missing}`);
    if (waited > QUIET_MS && missing !== said) {
      console.log(`  waiting for ${what}: ${missing}`);
      said = missing;
    }
    await Bun.sleep(POLL_MS);
  }
}

/** Repeats `check` for a second: a program may end just after it became ready. @throws what `check` throws for good. */
export async function settle(
  check: () => Promise<unknown>,
  since = performance.now(),
  during = SETTLE_MS,
): Promise<void> {
  while (performance.now() - since < during) {
    await Bun.sleep(POLL_MS);
    await check().catch((error: Error) => {
      if (error instanceof PermanentError) throw error;
    });
  }
}
