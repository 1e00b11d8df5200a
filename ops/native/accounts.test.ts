import { expect, test } from "bun:test";
import { accountName, workerPart } from "./accounts.ts";

test("a long name becomes one that useradd takes, and stays different", () => {
  const [a, b] = ["a", "b"].map((end) => accountName(workerPart(`${"x".repeat(40)}-${end}`)));
  expect(a).toMatch(/^fortress-worker-x+-[0-9a-f]{8}$/);
  expect(a?.length).toBe(32);
  expect(a).not.toBe(b);
});

test("a worker that is named like a program does not share its account", () => {
  expect(accountName(workerPart("verifier"))).not.toBe(accountName("verifier"));
});
