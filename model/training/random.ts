/** Mulberry32 (Tommy Ettinger, public domain): 32-bit state, integer arithmetic only. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform over the 32-bit unsigned integers. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** Fisher–Yates, in place. */
  shuffle(items: Int32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.next() % (i + 1);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
  }
}
