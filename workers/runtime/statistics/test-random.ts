/** Uniform numbers from 0 to 1 for tests, the same for the same seed in every run: mulberry32. */
export function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How many of so many requests something happens to. */
export function binomial(random: () => number, of: number, share: number): number {
  let hits = 0;
  for (let i = 0; i < of; i++) if (random() < share) hits++;
  return hits;
}
