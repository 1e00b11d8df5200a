import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { knownAccounts } from "./accounts.ts";
import { ALL_NGINX, pidFile } from "./gateway.ts";
import { PM2_HOME } from "./paths.ts";

function read(pid: number, file: "environ" | "stat"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return []; // ended meanwhile, or somebody else's
  }
}

/**
 * nginx writes its title over its environment, so it is known by its process group, whose number is in its pid file:
 * also the workers of a master that was killed. A pid file may be empty: `nginx -t` makes one.
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

/** Anybody can give a process of theirs any environment; only those of our accounts are ours. */
function ours(pid: number, uids: ReadonlySet<number | undefined>): boolean {
  return uids.has(statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid);
}

/** Processes that this project's pm2 started and that still run, whether or not pm2 itself does. */
export function leftovers(): number[] {
  const mark = `PM2_HOME=${PM2_HOME}`;
  const uids = new Set([process.getuid?.(), ...knownAccounts().map(({ uid }) => uid)]);
  const pids = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && ours(pid, uids));
  const started = pids.filter((pid) => read(pid, "environ").includes(mark));
  return [...new Set([...nginxProcesses(pids), ...started])];
}
