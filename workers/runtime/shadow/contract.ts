// What ops/ and the shadow process agree on: its settings, its paths and its report.
import { createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";

/** Where a worker hands over its pairs. */
export const PAIRS_PATH = "/shadow-pairs";
/** Where the shadow process has its report. */
export const REPORT_PATH = "/report";
/** How long who asks for the report waits, in ms: the process may hang. */
export const REPORT_TIMEOUT_MS = 10_000;
/** The gateway sets it on requests of the sample, and removes a client's. */
export const MARK_HEADER = "x-shadow";
/** Has a {@link pass}: who has the key may take the pairs of its mark, and read the report. */
export const PASS_HEADER = "x-shadow-pass";

/** How long a pass is valid, in ms. */
const PASS_MS = 10_000;
/** What comes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, 7). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

const privateKey = (key: string) =>
  createPrivateKey({
    key: Buffer.concat([PKCS8, Buffer.from(key, "base64url")]),
    format: "der",
    type: "pkcs8",
  });

/** An Ed25519 key as base64url. */
export const newKey = () => randomBytes(32).toString("base64url");

/** The public key of a key, 43 characters. */
export const markOf = (key: string) => createPublicKey(privateKey(key)).export({ format: "jwk" }).x as string;

const signed = (time: number, port: number, target: string) => Buffer.from(`${time} ${port} ${target}`);

/**
 * The header's value for one request to a port: mark, time and signature. It tells nothing of the key, and is of no use at
 * another port: another process may listen where a replica has ended.
 */
export function pass(key: string, port: number, target: string, now = Date.now()): string {
  const signature = sign(null, signed(now, port, target), privateKey(key)).toString("base64url");
  return `${markOf(key)}.${now}.${signature}`;
}

/** The mark of a valid pass for this request; undefined for any other text. */
export function passedMark(text: string, port: number, target: string, now = Date.now()): string | undefined {
  const [, mark = "", time = "", signature = ""] = /^([\w-]{43})\.(\d{1,16})\.([\w-]{86})$/.exec(text) ?? [];
  if (mark === "" || Math.abs(now - Number(time)) > PASS_MS) return undefined;
  try {
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: mark }, format: "jwk" });
    const isValid = verify(
      null,
      signed(Number(time), port, target),
      key,
      Buffer.from(signature, "base64url"),
    );
    return isValid ? mark : undefined;
  } catch {
    return undefined; // 32 bytes that are no public key
  }
}

/** The replicas of a version. */
export interface Side {
  worker: string;
  /** 12 hex digits. */
  version: string;
  /** `host:port`; a name may have several addresses. */
  servers: string[];
}

export interface ShadowSettings {
  /** An Ed25519 key: takes the pairs of stable's replicas, and opens the report. */
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
  /** When the candidate ends, in ms since the epoch: it is a preview. */
  until?: number;
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
export const SKIPPED = ["large", "type", "body", "version", "impure", "failed"] as const;
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
  latencies: {
    pairs: number;
    p50?: number;
    p95?: number /** Limits of the median's interval. */;
    median?: [number, number];
  };
}

export interface KeptPair {
  /** When stable answered, in ms since the epoch. */
  at: number;
  distance: number;
  method: string;
  target: string;
  body: string;
  /** What differs, for people. */
  differs: string[];
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
  /** What is not declared pure any more, so that nothing is asked. */
  impure: string[];
  counts: Counts;
  kept: KeptPair[];
}
