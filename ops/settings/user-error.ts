/** A failure the user can fix: printed as one line, without a stack. In a file that k6 can read as well. */
export class UserError extends Error {}
