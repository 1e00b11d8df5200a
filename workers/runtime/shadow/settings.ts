// What the shadow process compares, from the variable SHADOW.

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

export function readShadowSettings(text = process.env["SHADOW"] ?? ""): ShadowSettings {
  return JSON.parse(text) as ShadowSettings; // written by ops, not by people
}
