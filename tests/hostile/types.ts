/** The outcome of one connection. */
export interface Outcome {
  /** Statuses of every answer on the connection, in order; none when it was closed without one. */
  statuses: number[];
  /** True if the server ended the connection, false if the client timed out. */
  closed: boolean;
  /** HTTP/2 only: the server ended the stream or the connection (RST_STREAM, GOAWAY). */
  reset: boolean;
  /** Everything received, as text; empty for HTTP/2. */
  text: string;
  milliseconds: number;
}

/** Bytes to send, or a pause in milliseconds. */
export type Step = string | Uint8Array | number;

export interface Case {
  name: string;
  send: Step[];
  /** `refused`: 4xx or closed. `answered`: any answer below 500. Or the exact status of each answer, in order. */
  expect?: "refused" | "answered" | number[];
  transport?: "tls" | "tcp" | "h2";
  /** Disconnects after the last step instead of waiting for an answer. */
  abort?: boolean;
  /** Exceeds the rate limit: its refusal status, 503 by default, is expected. */
  flood?: boolean;
  /** The answers must not contain this. */
  never?: RegExp;
  /** Milliseconds until the client times out; the server must have answered or closed by then. */
  patience?: number;
}

export interface Target {
  host: string;
  port: number;
  name: string;
  ca: string;
  authorization: string;
  /** The client's address, which has its own rate limit; default: the system's choice. */
  from?: string;
}
