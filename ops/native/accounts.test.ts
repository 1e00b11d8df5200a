import { expect, test } from "bun:test";
import { accountName, workerPart } from "./accounts.ts";

test("a long name is shortened to what useradd accepts, and stays unique", () => {
  const [a, b] = ["a", "b"].map((end) => accountName(workerPart(`${"x".repeat(40)}-${end}`)));
  expect(a).toMatch(/^fortress-worker-x+-[0-9a-f]{8}$/);
  expect(a?.length).toBe(32);
  expect(a).not.toBe(b);
});

test("a worker with the name of a program has an account of its own", () => {
  expect(accountName(workerPart("verifier"))).not.toBe(accountName("verifier"));
});
