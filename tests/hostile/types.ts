/** What one hostile connection led to. */
export interface Outcome {
  /** Statuses of every answer on the connection, in order; none when it was closed without one. */
  statuses: number[];
  /** True when the other side ended the connection, false when this side gave up waiting. */
  closed: boolean;
  /** HTTP/2 only: the server ended the stream or the connection (RST_STREAM, GOAWAY). */
  reset: boolean;
  /** Everything received, as text; empty for HTTP/2. */
  text: string;
  milliseconds: number;
}

/** A piece of what is sent: bytes, or a pause in milliseconds. */
export type Step = string | Uint8Array | number;

export interface Case {
  name: string;
  send: Step[];
  /** `refused`: 4xx or closed. `answered`: any answer below 500. Or the exact status of each answer, in order. */
  expect?: "refused" | "answered" | number[];
  transport?: "tls" | "tcp" | "h2";
  /** Ends this side of the connection after the last step instead of waiting for an answer. */
  abort?: boolean;
  /** More requests than the limit allows: its refusal is no server error. */
  flood?: boolean;
  /** The answers must not contain this. */
  never?: RegExp;
  /** Milliseconds until this side gives up; the other side must have answered or closed by then. */
  patience?: number;
}

export interface Target {
  host: string;
  port: number;
  name: string;
  ca: string;
  authorization: string;
  /** The client's own address: each has its rate limit. Undefined: whatever the system chooses. */
  from?: string;
}
