import type { Facts } from "./facts.ts";

/** What was looked at, what is wrong with it (nothing: undefined), and how to fix that. */
export interface Finding {
  what: string;
  wrong?: string | undefined;
  fix: string;
}

export type Check = (facts: Facts) => Finding;

/** Not `a > b`: a value that could not be read is wrong as well. */
export function unless(holds: boolean, wrong: string): string | undefined {
  return holds ? undefined : wrong;
}
