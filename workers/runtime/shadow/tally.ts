// What the shadow process counts. Bounded: a worker's answers cannot make it grow.
import { medianRanks } from "../statistics/proportions.ts";
import type { Difference } from "./compare.ts";
import { type Answer, type Counts, DROPPED, type Numbers, type Same, SKIPPED } from "./contract.ts";

/** Paths, and values of one label, that are told apart; others are counted together. */
const MAX_PATHS = 200;
const MAX_VALUES = 64;
export const OTHERS = "(others)";
/** Pairs of values of all labels. */
const MAX_MATRIX = 4000;
const MAX_NAME = 200;
/** Latency differences that are kept: a uniform sample of all. */
const MAX_LATENCIES = 4096;

/** Counts by a bounded number of keys. */
class Bounded<T> {
  readonly #found = new Map<string, T>();
  constructor(readonly make: () => T) {}
  get(path: string): T {
    const key = bounded(path);
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const name = this.#found.size < MAX_PATHS ? key : OTHERS;
    const made = this.#found.get(name) ?? this.make();
    this.#found.set(name, made);
    return made;
  }
  rows(): ({ path: string } & T)[] {
    return [...this.#found].map(([path, one]) => ({ path, ...one }));
  }
}

const zero = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
const none = (): Same => ({ pairs: 0, same: 0 });

function count(into: Same, same: boolean): void {
  into.pairs++;
  if (same) into.same++;
}

/** "2xx"; "timeout" and "unreachable" as they are. */
export const statusClass = (status: Answer["status"]) =>
  typeof status === "number" ? `${Math.floor(status / 100)}xx` : status;

const SEPARATOR = "\u0000";
/** A name or value of an answer, which a worker chooses. */
const bounded = (text: string) => text.slice(0, MAX_NAME).replaceAll(SEPARATOR, "?");

export class Tally {
  readonly dropped = zero(DROPPED);
  readonly skipped = zero(SKIPPED);
  received = 0;
  compared = 0;
  readonly #labels = none();
  readonly #answers = none();
  readonly #noise = { labels: none(), answers: none() };
  readonly #statuses = new Map<string, number>();
  /** Of each path: by both values. */
  readonly #matrix = new Map<string, Map<string, number>>();
  #pairs = 0;
  readonly #values = new Map<string, Set<string>>();
  readonly #numbers = new Bounded<Numbers>(() => ({ values: 0, beyond: 0, sum: 0, maximum: 0 }));
  readonly #distributions = new Bounded(() => ({ values: 0, sum: 0, maximum: 0 }));
  readonly #texts = new Bounded(none);
  readonly #shapes = new Map<string, number>();
  readonly #latencies: number[] = [];
  #timed = 0;

  /** Counts a comparison of stable and candidate. */
  add(stable: Answer, candidate: Answer, found: Difference): void {
    this.compared++;
    add(this.#statuses, `${statusClass(stable.status)}${SEPARATOR}${statusClass(candidate.status)}`);
    count(this.#answers, found.same);
    if (found.sameLabel !== undefined) count(this.#labels, found.sameLabel);
    for (const { path, stable, candidate } of found.labels) this.#label(path, stable, candidate);
    for (const { path, difference, within } of found.numbers) {
      const numbers = this.#numbers.get(path);
      numbers.values++;
      if (!within) numbers.beyond++;
      numbers.sum = Math.min(numbers.sum + difference, Number.MAX_VALUE);
      numbers.maximum = Math.max(numbers.maximum, difference);
    }
    for (const { path, divergence } of found.distributions) {
      const all = this.#distributions.get(path);
      all.values++;
      all.sum += divergence;
      all.maximum = Math.max(all.maximum, divergence);
    }
    for (const { path, same } of found.texts) count(this.#texts.get(path), same);
    // A pair counts once for a path, however many items of a list differ.
    for (const shape of new Set(found.shapes.map(({ path, what }) => `${bounded(path)}${SEPARATOR}${what}`)))
      add(this.#shapes, this.#shapes.has(shape) || this.#shapes.size < MAX_PATHS ? shape : OTHERS);
  }

  /** Counts a comparison of stable with itself. */
  addNoise({ same, sameLabel }: Difference): void {
    count(this.#noise.answers, same);
    if (sameLabel !== undefined) count(this.#noise.labels, sameLabel);
  }

  /** @param ms the candidate's time minus that of stable for the same request. */
  addLatency(ms: number): void {
    const place = this.#timed < MAX_LATENCIES ? this.#timed : Math.floor(Math.random() * (this.#timed + 1));
    this.#timed++;
    if (place < MAX_LATENCIES) this.#latencies[place] = ms;
  }

  #label(path: string, stable: string, candidate: string): void {
    const own = bounded(path);
    const name = this.#matrix.has(own) || this.#matrix.size < MAX_PATHS ? own : OTHERS;
    const values = this.#values.get(name) ?? new Set();
    this.#values.set(name, values);
    const named = (value: string) => {
      if (!values.has(value) && values.size >= MAX_VALUES) return OTHERS;
      values.add(value);
      return value;
    };
    const matrix = this.#matrix.get(name) ?? new Map<string, number>();
    this.#matrix.set(name, matrix);
    const pair = `${named(bounded(stable))}${SEPARATOR}${named(bounded(candidate))}`;
    if (matrix.has(pair) || this.#pairs++ < MAX_MATRIX) add(matrix, pair);
    else add(matrix, `${OTHERS}${SEPARATOR}${OTHERS}`);
  }

  counts(): Counts {
    const split = (key: string) => key.split(SEPARATOR) as [string, string];
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const ranks = medianRanks(sorted.length);
    const quantile = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
    return {
      received: this.received,
      compared: this.compared,
      dropped: { ...this.dropped },
      skipped: { ...this.skipped },
      labels: { ...this.#labels },
      answers: { ...this.#answers },
      noise: { labels: { ...this.#noise.labels }, answers: { ...this.#noise.answers } },
      statuses: [...this.#statuses].map(([key, pairs]) => {
        const [stable, candidate] = split(key);
        return { stable, candidate, pairs };
      }),
      matrix: [...this.#matrix].flatMap(([path, rows]) =>
        [...rows].map(([key, values]) => {
          const [stable, candidate] = split(key);
          return { path, stable, candidate, values };
        }),
      ),
      numbers: this.#numbers.rows(),
      distributions: this.#distributions.rows(),
      texts: this.#texts.rows(),
      shapes: [...this.#shapes].map(([key, pairs]) => {
        const [path, what = ""] = split(key);
        return { path, what, pairs };
      }),
      latencies: {
        pairs: this.#timed,
        ...(sorted.length > 0 && { p50: quantile(0.5), p95: quantile(0.95) }),
        ...(ranks && { median: [sorted[ranks[0]]!, sorted[ranks[1]]!] as [number, number] }),
      },
    };
  }
}

function add(to: Map<string, number>, key: string): void {
  to.set(key, (to.get(key) ?? 0) + 1);
}
