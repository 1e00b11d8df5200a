// What a worker hands to the shadow process: live requests of the sample with their answers.

/** Bytes of an answer; a larger one is not compared. */
export const MAX_ANSWER = 64 * 1024;

/** The text of an answer; undefined for what is not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Why a live request cannot be asked again. */
export type Unpaired = "large" | "type" | "body" | "failed";

/** A live request of the sample and its answer. */
export interface Pair {
  /** From 1 in each {@link Batch.process}, without gaps; pairs that were forgotten before they were taken leave one. */
  number: number;
  /** When the answer was made, in ms since the epoch. */
  at: number;
  /** Set where the request cannot be asked again or its answer not compared; the texts are then empty. */
  unpaired?: Unpaired;
  method: string;
  /** Path and query. */
  target: string;
  /** The route pattern of the worker. */
  route: string;
  /** Request headers, without those of the connection and of the sample. */
  headers: Record<string, string>;
  /** The request body as sent; absent without one. */
  body?: string;
  status: number;
  /** Content-Type of the answer; empty without one. */
  type: string;
  answer: string;
  /** Milliseconds from the request's arrival in the worker to its answer. */
  ms: number;
}

/** The answer of {@link PAIRS_PATH}: pairs with numbers above `after`, the oldest first. */
export interface Batch {
  /** Random; one of each process of a worker and each mark. */
  process: string;
  version: string;
  /** The number of the last pair that any shadow process has taken. */
  taken: number;
  /** The number of the newest pair, taken or not. */
  newest: number;
  pairs: Pair[];
}
