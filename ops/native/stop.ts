import { existsSync } from "node:fs";
import { waitFor } from "../host/wait.ts";
import { refuseForeign, removeFolder } from "./folders.ts";
import { leftovers } from "./leftovers.ts";
import { AUTH_DIR, PM2_HOME, RUN_DIR } from "./paths.ts";
import { bringHome } from "./places.ts";
import { pm2, running } from "./pm2.ts";

/** A worker drains for ten seconds. Who is still there then does not end by itself. */
const GRACE_MS = 20_000;
const TIMEOUT_MS = 30_000;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function end(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ended by itself meanwhile
  }
}

/** Ends every process native mode started, pm2 or no pm2, and waits until the last one is gone. */
export async function stop(): Promise<boolean> {
  refuseForeign(RUN_DIR);
  if (!existsSync(PM2_HOME)) return false;
  if (running().length > 0) pm2(["kill"]);
  const pids = leftovers();
  for (const pid of pids) end(pid, "SIGTERM");
  const killer = setTimeout(() => {
    for (const pid of pids.filter(alive)) end(pid, "SIGKILL");
  }, GRACE_MS);
  await waitFor(
    "the end of all processes",
    async () => (pids.some(alive) ? `still running: ${pids.filter(alive).join(", ")}` : undefined),
    TIMEOUT_MS,
  ).finally(() => clearTimeout(killer));
  bringHome();
  for (const dir of [RUN_DIR, AUTH_DIR]) removeFolder(dir);
  return true;
}
