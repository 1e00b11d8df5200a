// Stops every process of native mode, whether or not pm2 still runs.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../host/wait.ts";
import { knownAccounts } from "./accounts.ts";
import { refuseForeign, removeFolder } from "./folders.ts";
import { ALL_NGINX, pidFile } from "./gateway.ts";
import { AUTH_DIR, DATA_DIR, PM2_HOME, RUN_DIR, STATE_DIR } from "./paths.ts";
import { currentProcesses, pm2 } from "./pm2.ts";
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
  if ((await currentProcesses()).length > 0) pm2(["kill"]);
  const pids = orphanedProcesses();
  for (const pid of pids) end(pid, "SIGTERM");
  const remaining = () => [...new Set([...pids.filter(alive), ...orphanedProcesses()])]; // also those begun since
  const killer = setTimeout(() => {
    for (const pid of remaining()) end(pid, "SIGKILL");
  }, GRACE_MS);
  await waitFor(
    "the end of all processes",
    async () => (remaining().length > 0 ? `still running: ${remaining().join(", ")}` : undefined),
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

function linked(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}

/** The program, the current folder and the open files of a process. */
function filesOf(pid: number): string[] {
  const folder = `/proc/${pid}`;
  let open: string[] = [];
  try {
    open = readdirSync(`${folder}/fd`).map((fd) => `fd/${fd}`);
  } catch {
    // exited
  }
  return ["exe", "cwd", ...open].map((name) => linked(join(folder, name)));
}

/**
 * Processes with another environment and session, as a worker can start them. Other checkouts share the accounts, so only
 * a program, a current folder or an open file in this project's folders shows that a process is this project's.
 */
export function strayProcesses(
  pids: number[],
  folders = [RUN_DIR, DATA_DIR, join(STATE_DIR, "data"), join(STATE_DIR, "preview-data")],
): number[] {
  return pids.filter((pid) =>
    filesOf(pid).some((path) => folders.some((folder) => `${path}/`.startsWith(`${folder}/`))),
  );
}

/** Running processes of this project, whether or not pm2 still runs. */
export function orphanedProcesses(): number[] {
  const mark = `PM2_HOME=${PM2_HOME}`;
  const accounts = new Set(knownAccounts().map(({ uid }) => uid));
  const uids = new Set([process.getuid?.(), ...accounts]);
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && ofAccounts(pid, uids));
  const started = pids.filter((pid) => read(pid, "environ").includes(mark));
  const strays = strayProcesses(pids.filter((pid) => ofAccounts(pid, accounts)));
  return [...new Set([...nginxProcesses(pids), ...started, ...strays])];
}
