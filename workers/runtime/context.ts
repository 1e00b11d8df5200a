import { log } from "./log.ts";
import type { Sampled } from "./shadow/recorder.ts";

/** What is known of any request. */
export interface Recorded {
  readonly request: Pick<Request, "method" | "headers">;
  /** The route pattern; absent where none matched. */
  route?: string | undefined;
  readonly startedAt: number;
  readonly requestId: string;
}

export interface Answering {
  context?: object;
}

/** The part of Elysia's context that these hooks use. */
export interface Context extends Recorded {
  readonly request: Request;
  readonly path: string;
  readonly set: Answering & { headers: Record<string, unknown>; status?: number | string };
  error?: unknown;
  /** Of a shadow's sample. */
  sampled?: Sampled | undefined;
}

const VALID_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The client's X-Request-ID if it is valid, a generated one otherwise. */
export function requestIdOf(headers: Headers): string {
  const own = headers.get("x-request-id");
  return own !== null && VALID_ID.test(own) ? own : crypto.randomUUID().replaceAll("-", "");
}

export function logFailure(error: unknown, requestId: string): void {
  const stack = error instanceof Error ? error.stack : `thrown: ${String(error)}`;
  log("error", "unhandled error", { request_id: requestId, stack });
}
