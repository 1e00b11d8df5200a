// Pairs that wait to be compared, bounded in number and size.
import type { Pair } from "./pair.ts";

const MAX_PAIRS = 5000;
/** Characters of all texts: up to two bytes each. */
const MAX_TEXT = 3 * 1024 * 1024;

interface Waiting {
  pair: Pair;
  since: number;
  size: number;
}

const sizeOf = ({ target, body = "", answer, headers }: Pair) =>
  target.length + body.length + answer.length + JSON.stringify(headers).length;

export class Queue {
  /** Those before #first were taken. */
  #waiting: (Waiting | undefined)[] = [];
  #first = 0;
  #text = 0;
  #wake: (() => void) | undefined;

  get length(): number {
    return this.#waiting.length - this.#first;
  }

  /** @returns false when it is full. */
  add(pair: Pair): boolean {
    const size = sizeOf(pair);
    if (this.length >= MAX_PAIRS || this.#text + size > MAX_TEXT) return false;
    this.#waiting.push({ pair, since: performance.now(), size });
    this.#text += size;
    this.#wake?.();
    return true;
  }

  /** The oldest pair, and how long it has waited, in ms; waits for one. */
  async next(): Promise<{ pair: Pair; waited: number }> {
    while (this.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = this.#wake;
      this.#wake = () => {
        before?.();
        resolve();
      };
      await promise;
    }
    this.#wake = undefined;
    const { pair, since, size } = this.#waiting[this.#first]!;
    this.#waiting[this.#first++] = undefined;
    this.#text -= size;
    if (this.#first * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#first);
      this.#first = 0;
    }
    return { pair, waited: performance.now() - since };
  }
}
