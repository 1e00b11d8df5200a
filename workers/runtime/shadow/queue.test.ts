// Pairs that wait: in order, bounded, and gone once they are taken.
import { expect, test } from "bun:test";
import type { Pair } from "./pair.ts";
import { Queue } from "./queue.ts";

const pair = (number: number, body = ""): Pair => ({
  number,
  at: 0,
  method: "POST",
  target: "/x",
  route: "/x",
  headers: {},
  body,
  status: 200,
  type: "application/json",
  answer: "{}",
  ms: 1,
});

test("pairs are taken in order, also by several at a time", async () => {
  const queue = new Queue();
  const taken: number[] = [];
  const take = async () => {
    for (let i = 0; i < 100; i++) taken.push((await queue.next()).pair.number);
  };
  const all = Promise.all([take(), take(), take()]);
  for (let i = 0; i < 300; i++) {
    expect(queue.add(pair(i))).toBe(true);
    if (i % 7 === 0) await Bun.sleep(0);
  }
  await all;
  expect(taken).toEqual(Array.from({ length: 300 }, (_, i) => i));
  expect(queue.length).toBe(0);
});

test("it is full at 5,000 pairs, and at 3 M characters", async () => {
  const many = new Queue();
  const large = new Queue();
  expect(Array.from({ length: 5001 }, (_, i) => many.add(pair(i))).indexOf(false)).toBe(5000);
  expect(Array.from({ length: 200 }, (_, i) => large.add(pair(i, "x".repeat(64_000)))).indexOf(false)).toBe(
    49,
  );
  await large.next();
  expect(large.add(pair(0, "x".repeat(64_000)))).toBe(true);
});

test("a pair that was taken is not kept", async () => {
  const queue = new Queue();
  const refs = Array.from({ length: 100 }, (_, i) => {
    const one = pair(i);
    queue.add(one);
    return new WeakRef(one);
  });
  for (let i = 0; i < 90; i++) await queue.next();
  await Bun.sleep(1);
  Bun.gc(true);
  const kept = refs.slice(0, 90).filter((ref) => ref.deref()).length;
  expect(kept).toBeLessThan(10); // the collector may see some on the stack
  expect(refs[99]?.deref()?.number).toBe(99);
});
