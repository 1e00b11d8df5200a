import { expect, setDefaultTimeout, test } from "bun:test";
import { type Instance, runSteps, steps } from "./roll.ts";
import { PermanentError } from "./wait.ts";

setDefaultTimeout(30_000); // replicas are watched for seconds

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

test("when a step cannot be undone, what still runs is left alone, and both reasons are given", async () => {
  const log: string[] = [];
  const make = (name: string): Instance => ({
    ...replicas(log, "new 1")(name),
    ...(name === "old 1" && { missing: () => Promise.reject(new PermanentError("its port is in use")) }),
  });
  const outcome = runSteps(steps(rollout(make, make("extra"))), silent);
  await expect(outcome).rejects.toThrow(
    "own: replica 1 of 2 failed: it crashed. The rollback failed too, at own: replica 1 of 2: its port is in use",
  );
  expect(log).not.toContain("-extra");
});

test("without a replica that served before, nothing is waited for and the error says so", async () => {
  const log: string[] = [];
  const make = replicas(log, "new 1");
  const outcome = runSteps(steps(rollout(make).map((each) => ({ ...each, down: true }))), silent);
  await expect(outcome).rejects.toThrow(
    "own: replica 1 of 2 failed: it crashed. No replica of own served before, and none does now",
  );
  expect(log).toEqual(["+new 1", "+old 1", "-new 1"]);
});

test("a first replica that ends just after it was ready replaces nothing", async () => {
  const log: string[] = [];
  const make = (name: string): Instance => ({
    ...replicas(log)(name),
    ...(name === "extra" && { stays: () => Promise.reject(new PermanentError("it crashed")) }),
  });
  await expect(runSteps(steps(rollout(make, make("extra"))), silent)).rejects.toThrow("one extra replica");
  expect(log).toEqual(["+extra", "extra is ready", "-extra"]);
});

test("a replica that ends while the others are replaced brings the previous version back", async () => {
  for (const dying of ["new 1", "extra"]) {
    const log: string[] = [];
    const ends = async () => {
      if (log.includes("+new 2")) throw new PermanentError("it crashed");
    };
    const make = (name: string): Instance => ({
      ...replicas(log)(name),
      ...(name === dying && { stays: ends }),
    });
    const outcome = runSteps(steps(rollout(make, make("extra"))), silent);
    await expect(outcome).rejects.toThrow(
      "the extra replica is removed failed: it crashed. Rolled back to the previous version",
    );
    expect(log.slice(log.lastIndexOf("+old 2"))).toContain("+old 1");
  }
});

test("so does one that ends while another worker is deployed", async () => {
  const log: string[] = [];
  const make = (name: string): Instance => ({
    ...replicas(log)(name),
    ...(name === "new 1" && {
      stays: async () => {
        if (log.includes("+other 2")) throw new PermanentError("it crashed");
      },
    }),
  });
  const other = rollout((name) => make(name.replace("new", "other").replace("old", "former")));
  const outcome = runSteps(steps([...rollout(make, make("extra")), ...other]), silent);
  await expect(outcome).rejects.toThrow("own: the new version keeps running failed: it crashed. Rolled back");
  expect(log.slice(-8)).toContain("+old 1");
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
