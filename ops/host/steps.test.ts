import { expect, test } from "bun:test";
import { runSteps, type Step } from "./steps.ts";

function steps(fails: number, log: string[]): Step[] {
  return [1, 2, 3].map((n) => ({
    what: `step ${n}`,
    async run() {
      if (n === fails) throw new Error("it never became ready");
      log.push(`+${n}`);
    },
    async undo() {
      log.push(`-${n}`);
    },
  }));
}

test("steps run in order and nothing is taken back", async () => {
  const log: string[] = [];
  await runSteps(steps(0, log), () => undefined);
  expect(log).toEqual(["+1", "+2", "+3"]);
});

test("a failure takes back itself and what was done, last first, and says why", async () => {
  const log: string[] = [];
  const outcome = runSteps(steps(3, log), () => undefined);
  expect(outcome).rejects.toThrow("step 3 failed: it never became ready. Rolled back");
  await outcome.catch(() => undefined);
  expect(log).toEqual(["+1", "+2", "-3", "-2", "-1"]);
});
