// The most different pairs of the last hour, if the owner asked for them.
import type { Answer, KeptPair } from "./contract.ts";
import type { Pair } from "./pair.ts";

const HOUR_MS = 3_600_000;

/** At most `limit` pairs, none after `until` (ms since the epoch). In memory only. */
export class Kept {
  #pairs: KeptPair[] = [];

  constructor(
    readonly limit: number,
    readonly until: number,
  ) {}

  add({ at, method, target, body = "" }: Pair, stable: Answer, candidate: Answer, distance: number): void {
    if (this.limit === 0 || distance === 0) return;
    this.#pairs = [...this.#pairs, { at, distance, method, target, body, stable, candidate }];
    this.list();
  }

  /** The most different first; forgets those older than an hour. */
  list(now = Date.now()): KeptPair[] {
    const recent = now < this.until ? this.#pairs.filter(({ at }) => at > now - HOUR_MS) : [];
    this.#pairs = recent.toSorted((a, b) => b.distance - a.distance || b.at - a.at).slice(0, this.limit);
    return this.#pairs;
  }
}
