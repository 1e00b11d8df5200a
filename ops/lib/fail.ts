/** A failure the user can mend: printed as one line, without a stack. */
export class UserError extends Error {}

/** Runs a command's main function; a {@link UserError} ends it with one line and exit code 1. */
export async function main(run: () => Promise<void> | void): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`error: ${error.message}`);
    process.exit(1);
  }
}
