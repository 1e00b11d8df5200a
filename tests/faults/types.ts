import type { Socket } from "node:net";

/** A unix socket's path, or a port of a loopback address. */
export type Address = string | { host: string; port: number };

/** Answers one connection. */
export type Serve = (socket: Socket) => void;

export type Who = "good" | "bad" | "stranger";

/** One request of a client, and what a healthy gateway answers to it. */
export interface Ask {
  /** Its X-Request-ID, and the marker in its body. */
  id: string;
  kind: string;
  method: string;
  path: string;
  /** The worker that answers it; empty where the gateway does. */
  worker: string;
  /** What the worker is asked for. */
  upstream: string;
  who: Who;
  /** Whom the verifier names for its credentials; empty where they are not good or nobody asks. */
  user: string;
  headers: readonly (readonly [string, string])[];
  body: string;
  /** Declared in Content-Length; larger than the body where the client gives up half-way. */
  length: number;
  /** The client ends the connection (or the stream) instead of waiting. */
  abort?: boolean;
  /** Waits for "100 Continue" before it sends the body. */
  expect?: boolean;
  healthy: number;
  /** One answer serves everybody for a second. */
  shared: boolean;
  /** The route in the access log; undefined: not logged. */
  route: string | undefined;
}

export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
  /** False where the connection or stream ended before the body did. */
  whole: boolean;
  ms: number;
}

/** `lost` says why there is no answer. */
export type Outcome =
  | Answer
  | { lost: "closed" | "no answer in time" | "aborted" | "skipped" | `not HTTP: ${string}` };

export interface Exchange {
  ask: Ask;
  outcome: Outcome;
  /** Where and how it was sent, for whoever repeats it. */
  over: string;
}

/** One request as a worker received it. */
export interface Received {
  worker: string;
  method: string;
  path: string;
  headers: Map<string, string>;
}
