import { expect, test } from "bun:test";
import { accountName, refuseSharedAccounts, workerPart } from "./accounts.ts";

test("a long name is shortened to what useradd accepts, and stays unique", () => {
  const [a, b] = ["a", "b"].map((end) => accountName(workerPart(`${"x".repeat(40)}-${end}`)));
  expect(a).toMatch(/^fortress-worker-x+-[0-9a-f]{8}$/);
  expect(a?.length).toBe(32);
  expect(a).not.toBe(b);
});

test("a worker with the name of a program has an account of its own", () => {
  expect(accountName(workerPart("verifier"))).not.toBe(accountName("verifier"));
});

test("a worker whose name is the shortened name of another is refused", () => {
  const long = workerPart("x".repeat(40));
  const short = accountName(long).slice("fortress-".length);
  refuseSharedAccounts(["gateway", long, workerPart("short")]);
  const [a, b] = ["x".repeat(40), short.slice("worker-".length)];
  expect(() => refuseSharedAccounts(["gateway", long, short])).toThrow(
    `${a} and ${b} would share the account ${accountName(long)}: rename one of these workers`,
  );
});
