import type { Socket } from "node:net";

/** A unix socket's path, or a port of a loopback address. */
export type Address = string | { host: string; port: number };

/** Answers one connection. */
export type Serve = (socket: Socket) => void;

export type Who = "good" | "bad" | "anonymous";

/** One request of a client, and the answer of a healthy gateway. */
export interface Ask {
  /** Its X-Request-ID, and the marker in its body. */
  id: string;
  kind: string;
  method: string;
  path: string;
  /** The worker that answers it; empty: the gateway answers. */
  worker: string;
  /** The path that the worker receives. */
  upstream: string;
  who: Who;
  /** The user that the verifier confirms; empty without valid credentials. */
  user: string;
  headers: readonly (readonly [string, string])[];
  body: string;
  /** Content-Length; larger than the body if the client disconnects half-way. */
  length: number;
  /** The client closes the connection or stream instead of waiting. */
  abort?: boolean;
  /** Waits for "100 Continue" before it sends the body. */
  expect?: boolean;
  /** The status with all backends healthy. */
  healthy: number;
  /** The answer is cached for a second, for all clients. */
  shared: boolean;
  /** `route` in the access log; undefined: not logged. */
  route: string | undefined;
}

export interface Answer {
  status: number;
  headers: Map<string, string>;
  body: string;
  /** False if the connection or stream ended before the body did. */
  whole: boolean;
  ms: number;
}

/** `lost`: why there is no answer. */
export type Outcome =
  | Answer
  | { lost: "closed" | "no answer in time" | "aborted" | "skipped" | `not HTTP: ${string}` };

export interface Exchange {
  ask: Ask;
  outcome: Outcome;
  /** The protocol it was sent over. */
  over: string;
}

/** One request as a worker received it. */
export interface Received {
  worker: string;
  method: string;
  path: string;
  headers: Map<string, string>;
}
