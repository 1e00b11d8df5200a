import { expect, test } from "bun:test";
import { type Instance, runSteps, steps } from "./roll.ts";
import { PermanentError } from "./wait.ts";

/** Replicas that log their starts and ends; `broken` never becomes ready. */
function replicas(log: string[], broken = "") {
  return (name: string): Instance => ({
    name,
    start: () => void log.push(`+${name}`),
    missing: async () => {
      if (name === broken) throw new PermanentError("it crashed");
      log.push(`${name} is ready`);
      return undefined;
    },
    retire: () => void log.push(`-${name}`),
  });
}

function rollout(make: (name: string) => Instance, extra?: Instance) {
  const pairs = [1, 2].map((n) => ({ next: make(`new ${n}`), now: make(`old ${n}`) }));
  return [{ worker: "own", replicas: pairs, ...(extra ? { extra } : {}) }];
}

const silent = () => undefined;

test("each new replica is ready before the old one is retired", async () => {
  const log: string[] = [];
  await runSteps(steps(rollout(replicas(log))), silent);
  expect(log).toEqual(["+new 1", "new 1 is ready", "-old 1", "+new 2", "new 2 is ready", "-old 2"]);
});

test("an extra replica runs from before the first replacement until after the last", async () => {
  const log: string[] = [];
  const make = replicas(log);
  await runSteps(steps(rollout(make, make("extra"))), silent);
  expect(log.slice(0, 3)).toEqual(["+extra", "extra is ready", "+new 1"]);
  expect(log.at(-1)).toBe("-extra");
});

test("a failed step and those before it are undone in reverse order, and the error says why", async () => {
  const log: string[] = [];
  const make = replicas(log, "new 2");
  const outcome = runSteps(steps(rollout(make, make("extra"))), silent);
  await expect(outcome).rejects.toThrow(
    "own: replica 2 of 2 failed: it crashed. Rolled back to the previous version",
  );
  const undone = log.slice(log.indexOf("+new 2") + 1);
  expect(undone).toEqual([
    ...["+old 2", "old 2 is ready", "-new 2"],
    ...["+old 1", "old 1 is ready", "-new 1"],
    "-extra",
  ]);
});

test("a removed extra replica is started again before the replacements are undone", async () => {
  const log: string[] = [];
  const make = replicas(log);
  const all = steps(rollout(make, make("extra")));
  const last = { what: "another worker", run: () => Promise.reject(new Error("no")), undo: async () => {} };
  await runSteps([...all, last], silent).catch(silent);
  expect(log.indexOf("+old 2")).toBeGreaterThan(log.lastIndexOf("+extra"));
  expect(log.at(-1)).toBe("-extra");
});
