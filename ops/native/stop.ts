// Stops every process of native mode, whether or not pm2 still runs.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { waitFor } from "../host/wait.ts";
import { knownAccounts } from "./accounts.ts";
import { refuseForeign, removeFolder } from "./folders.ts";
import { ALL_NGINX, pidFile } from "./gateway.ts";
import { AUTH_DIR, PM2_HOME, RUN_DIR } from "./paths.ts";
import { pm2, running } from "./pm2.ts";
import { moveBack } from "./storage.ts";

/** Longer than the ten seconds a worker drains; SIGKILL follows. */
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
    // already exited
  }
}

/** Returns when the last process has exited. */
export async function stop(): Promise<boolean> {
  refuseForeign(RUN_DIR);
  if (!existsSync(PM2_HOME)) return false;
  if (running().length > 0) pm2(["kill"]);
  const pids = orphanedProcesses();
  for (const pid of pids) end(pid, "SIGTERM");
  const killer = setTimeout(() => {
    for (const pid of pids.filter(alive)) end(pid, "SIGKILL");
  }, GRACE_MS);
  await waitFor(
    "the end of all processes",
    async () => (pids.some(alive) ? `still running: ${pids.filter(alive).join(", ")}` : undefined),
    TIMEOUT_MS,
  ).finally(() => clearTimeout(killer));
  moveBack();
  for (const dir of [RUN_DIR, AUTH_DIR]) removeFolder(dir);
  return true;
}

function read(pid: number, file: "environ" | "stat"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return []; // exited, or not readable for this user
  }
}

/**
 * nginx overwrites its environment with its title, so its processes are found by the process group in the pid file, also
 * the workers of a killed master. A pid file may be empty: `nginx -t` creates one.
 */
export function nginxProcesses(pids: number[], pidFiles = ALL_NGINX.map(pidFile)): number[] {
  const groups = pidFiles
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8").trim())
    .filter((text) => /^[1-9]\d*$/.test(text));
  return pids.filter((pid) => {
    const [, group] = /^\d+ \(nginx\) \S \d+ (\d+) /.exec(read(pid, "stat").join("")) ?? [];
    return group !== undefined && groups.includes(group);
  });
}

/** Any user can set PM2_HOME for a process, so the account must match too. */
function ofAccounts(pid: number, uids: ReadonlySet<number | undefined>): boolean {
  return uids.has(statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid);
}

/** Running processes that this project's pm2 started, whether or not pm2 still runs. */
export function orphanedProcesses(): number[] {
  const mark = `PM2_HOME=${PM2_HOME}`;
  const uids = new Set([process.getuid?.(), ...knownAccounts().map(({ uid }) => uid)]);
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && ofAccounts(pid, uids));
  const started = pids.filter((pid) => read(pid, "environ").includes(mark));
  return [...new Set([...nginxProcesses(pids), ...started])];
}
