import { expect, test } from "bun:test";
import { children, cpuMeter, memory } from "./process.ts";

// For example an old nginx worker process during a reload.
test("a process that exits between listing and reading does not stop the measurement", async () => {
  const child = Bun.spawn(["sleep", "60"]);
  const pids = [process.pid, ...children(process.pid)];
  expect(pids).toContain(child.pid);
  const whole = cpuMeter(pids);
  child.kill();
  await child.exited;
  expect(whole()).toBeGreaterThanOrEqual(0);
  expect(cpuMeter([child.pid])()).toBe(0);
  expect(memory(child.pid)).toEqual({ rss: 0, private: 0 });
});

test("other processes are still counted", () => {
  const used = cpuMeter([process.pid, 2 ** 30]);
  while (used() === 0); // until the kernel has counted a tick of this process
  expect(used()).toBeLessThan(60);
});
