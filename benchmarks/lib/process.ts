import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PM2_HOME } from "../../ops/native/paths.ts";
import { running } from "../../ops/native/pm2.ts";
import { UserError } from "../../ops/settings/fail.ts";

const TICKS = 100; // USER_HZ: the unit of /proc on Linux, whatever the kernel's tick rate

/** A file of a process; empty if the process has exited. */
function read(pid: number, file: "stat" | "smaps_rollup"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

function stat(pid: number): string[] {
  const text = read(pid, "stat");
  return text.slice(text.lastIndexOf(")") + 2).split(" "); // the process name before it may contain spaces and parentheses
}

export function children(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => Number(stat(other)[1]) === pid);
}

/**
 * Measures the CPU time of processes from now on. A process that exits meanwhile counts as 0.
 * @returns a function that returns the user and system CPU seconds since the call.
 */
export function cpuMeter(pids: number[]): () => number {
  const before = pids.map(cpuSeconds);
  return () => pids.reduce((sum, pid, i) => sum + Math.max(0, cpuSeconds(pid) - (before[i] ?? 0)), 0);
}

function cpuSeconds(pid: number): number {
  const fields = stat(pid);
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
}

export interface Memory {
  /** MiB */
  rss: number;
  private: number;
}

export function memory(pid: number): Memory {
  const text = read(pid, "smaps_rollup");
  const mib = (...names: string[]) =>
    names.reduce((sum, name) => sum + Number(new RegExp(`^${name}: *(\\d+)`, "m").exec(text)?.[1] ?? 0), 0) /
    1024;
  return { rss: mib("Rss"), private: mib("Private_Clean", "Private_Dirty") };
}

/** All nginx processes of the gateway and its verifiers; a reload replaces them, so do not keep the result. */
export function nginxPids(): number[] {
  const masters = running().filter(({ name }) => name === "gateway" || name.startsWith("verifier-"));
  if (masters.length === 0) throw new UserError("not running natively: make start-project RUNTIME=native");
  return masters.flatMap(({ pid }) => [pid, ...children(pid)]);
}

/** The processes that work for the requests of any server behind the gateway, by group. */
export function sharedPids() {
  return {
    nginx: nginxPids(),
    "log exporter": running().flatMap(({ name, pid }) => (name === "log-exporter" ? [pid] : [])),
    "process manager": [Number(readFileSync(join(PM2_HOME, "pm2.pid"), "utf8"))],
  };
}
