// What ops/ and the shadow process agree on: its settings, its paths and its report.

/** Where a worker hands over its pairs. */
export const PAIRS_PATH = "/shadow-pairs";
/** Where the shadow process has its report. */
export const REPORT_PATH = "/report";
/** The gateway sets it on requests of the sample, and removes a client's. */
export const MARK_HEADER = "x-shadow";
/** Only who has the key takes pairs; its digest is the mark, which tells nothing of it. */
export const KEY_HEADER = "x-shadow-key";

export const markOf = (key: string) => new Bun.CryptoHasher("sha256").update(key).digest("base64url");

/** The replicas of a version. */
export interface Side {
  worker: string;
  /** 12 hex digits. */
  version: string;
  /** `host:port`; a name may have several addresses. */
  servers: string[];
}

export interface ShadowSettings {
  /** Takes the pairs of stable's replicas, and opens the report. */
  key: string;
  stable: Side;
  candidate: Side;
  /** The share of pairs for which stable is asked twice, 0 to 1. */
  noise: number;
  /** How many of the most different pairs of the last hour are kept. */
  keep: number;
  /** When no pair is kept any more, in ms since the epoch. */
  keepUntil: number;
  /** How long an answer may take, in ms. */
  timeoutMs: number;
}

/** An answer of a version, or why there is none. */
export interface Answer {
  status: number | "timeout" | "unreachable";
  /** Content-Type; empty without one. */
  type: string;
  text: string;
}

/** Why a pair was not compared although it could have been. */
export const DROPPED = ["forgotten", "queue", "waited"] as const;
export type Dropped = (typeof DROPPED)[number];

/** Why a pair could not be compared. */
export const SKIPPED = ["large", "type", "body", "version", "failed"] as const;
export type Skipped = (typeof SKIPPED)[number];

/** How often something was the same, of how often it was looked at. */
export interface Same {
  pairs: number;
  same: number;
}

export interface Numbers {
  values: number;
  beyond: number;
  sum: number;
  maximum: number;
}

/** All counts as plain values; maps are lists of rows. */
export interface Counts {
  received: number;
  compared: number;
  dropped: Record<Dropped, number>;
  skipped: Record<Skipped, number>;
  /** Pairs whose answers have labels, and all. */
  labels: Same;
  answers: Same;
  /** The same for stable asked twice. */
  noise: { labels: Same; answers: Same };
  statuses: { stable: string; candidate: string; pairs: number }[];
  matrix: { path: string; stable: string; candidate: string; values: number }[];
  numbers: ({ path: string } & Numbers)[];
  distributions: { path: string; values: number; sum: number; maximum: number }[];
  texts: ({ path: string } & Same)[];
  shapes: { path: string; what: string; pairs: number }[];
  /** Candidate minus stable, in ms: pairs of which both were asked by the shadow process. */
  latencies: { pairs: number; p50?: number; p95?: number };
}

export interface KeptPair {
  /** When stable answered, in ms since the epoch. */
  at: number;
  distance: number;
  method: string;
  target: string;
  body: string;
  stable: Answer;
  candidate: Answer;
}

export interface Report {
  /** In ms since the epoch. */
  since: number;
  stable: { worker: string; version: string };
  candidate: { worker: string; version: string };
  noise: number;
  waiting: number;
  counts: Counts;
  kept: KeptPair[];
}
