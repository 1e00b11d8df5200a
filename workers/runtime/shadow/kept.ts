// The most different pairs of the last hour, if the owner asked for them.
import { type Difference, described } from "./compare.ts";
import type { Answer, KeptPair } from "./contract.ts";
import type { Pair } from "./pair.ts";

const HOUR_MS = 3_600_000;
/** Characters of each text. */
const MAX_TEXT = 4096;

const cut = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);
const shortened = (answer: Answer): Answer => ({ ...answer, text: cut(answer.text) });

/** At most `limit` pairs, none after `until` (ms since the epoch). In memory only. */
export class Kept {
  #pairs: KeptPair[] = [];

  constructor(
    readonly limit: number,
    readonly until: number,
  ) {}

  add({ at, method, target, body = "" }: Pair, stable: Answer, candidate: Answer, found: Difference): void {
    const { distance } = found;
    if (this.limit === 0 || distance === 0) return;
    const request = { method, target: cut(target), body: cut(body) };
    // The same request again tells nothing new.
    const others = this.#pairs.filter(
      (one) => one.method !== request.method || one.target !== request.target || one.body !== request.body,
    );
    const differs = described(found);
    const pair = {
      at,
      distance,
      ...request,
      differs,
      stable: shortened(stable),
      candidate: shortened(candidate),
    };
    this.#pairs = [...others, pair];
    this.list();
  }

  /** The most different first; forgets those older than an hour. */
  list(now = Date.now()): KeptPair[] {
    const recent = now < this.until ? this.#pairs.filter(({ at }) => at > now - HOUR_MS) : [];
    this.#pairs = recent.toSorted((a, b) => b.distance - a.distance || b.at - a.at).slice(0, this.limit);
    return this.#pairs;
  }
}
