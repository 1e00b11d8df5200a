/**
 * FNV-1a over UTF-16 units with a shortened murmur3 finaliser.
 * Sources: draft-eastlake-fnv; Appleby, MurmurHash3 `fmix32`.
 */
export const FNV_OFFSET = 0x811c9dc5 | 0;
export const FNV_PRIME = 0x01000193;

/** Spreads the entropy of `hash` into its low bits, which become the bucket. */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 15);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
