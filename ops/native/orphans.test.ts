import { expect, test } from "bun:test";
import { startedByOthers } from "./orphans.ts";

function run(env: Record<string, string>) {
  return Bun.spawn(["sleep", "60"], { env });
}

test("a process of a killed pm2 is found, not one of the running pm2, nor a command of pm2 itself", async () => {
  const [app, command] = [run({ pm_id: "0" }), run({ PM2_HOME: "/run" })];
  try {
    await Bun.sleep(100); // until both have their environment
    const pids = [app.pid, command.pid];
    expect(startedByOthers(pids, command.pid)).toEqual([app.pid]);
    expect(startedByOthers(pids, process.pid)).toEqual([]);
    expect(startedByOthers(pids, process.ppid)).toEqual([]);
  } finally {
    for (const one of [app, command]) one.kill();
  }
});
