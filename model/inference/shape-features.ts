import { type Block, WHOLE_TEXT } from "./blocks.ts";
import { finish } from "./hashing.ts";
import type { Tokenizer } from "./tokenizer.ts";

const SEED = 0x73686170;
const LENGTH = 0;
const EXCLAIMED = 16;
const ASKED = 24;
const SHOUTED = 32;
const ELONGATED = 40;
const MENTIONED = 48;
const LINKED = 56;
const GAPS = 64;

/** Fills `block` with features of the writing style: length, marks, capitals, elongated words, mentions, links. */
export function addShape(tokens: Tokenizer, block: Block, mask: number): void {
  const { count, mentions, links } = tokens;
  const { buckets } = block;
  let size = 0;
  buckets[size++] = finish(SEED + LENGTH + Math.min(count >> 2, 10)) & mask;
  buckets[size++] = finish(SEED + EXCLAIMED + Math.min(tokens.exclaimed, 3)) & mask;
  buckets[size++] = finish(SEED + ASKED + Math.min(tokens.asked, 2)) & mask;
  buckets[size++] = finish(SEED + SHOUTED + Math.min(tokens.shouted, 3)) & mask;
  buckets[size++] = finish(SEED + ELONGATED + Math.min(tokens.elongated, 2)) & mask;
  buckets[size++] = finish(SEED + MENTIONED + Math.min(mentions, 2)) & mask;
  buckets[size++] = finish(SEED + LINKED + Math.min(links, 1)) & mask;
  buckets[size++] = finish(SEED + GAPS + Math.min(tokens.gaps, 2)) & mask;
  block.at.fill(WHOLE_TEXT, 0, size);
  block.count = size;
}
