import { expect, test } from "bun:test";
import { Block } from "./blocks.ts";
import { addBlock } from "./scoring.ts";

test.each([1, 2, 3, 4, 5, 7, 8, 13, 100])("%d labels: the sums are those of the rows", (labels) => {
  const weights = Int8Array.from({ length: 64 * labels }, (_, i) => ((i * 89) % 255) - 127);
  const block = new Block(50);
  block.count = 40;
  for (let i = 0; i < 50; i++) block.buckets[i] = (i * 37) % 64; // those after count are of an earlier text
  const expected = Array.from({ length: labels }, (_, k) =>
    block.buckets.subarray(0, block.count).reduce((sum, bucket) => sum + weights[bucket * labels + k]!, 0),
  );
  const sums = new Int32Array(labels).fill(7);
  addBlock(weights, block, sums);
  expect([...sums]).toEqual(expected);
});
