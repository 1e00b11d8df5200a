/** From Bun. k6 loads this file only for UserError and has no `process`. */
declare const process: { exit(code: number): never };

/** A failure the user can fix: printed as one line, without a stack. */
export class UserError extends Error {}

function fail(error: unknown): never {
  if (!(error instanceof UserError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(1);
}

/** Runs a command's main function; a {@link UserError} ends it with one line and exit code 1. */
export async function main(run: () => Promise<void> | void): Promise<void> {
  try {
    await run();
  } catch (error) {
    fail(error);
  }
}

/** The same for values read at import time, before {@link main} runs. */
export function readOrExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    return fail(error);
  }
}
