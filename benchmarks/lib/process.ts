import { readdirSync, readFileSync } from "node:fs";
import { running } from "../../ops/native/pm2.ts";
import { UserError } from "../../ops/settings/fail.ts";

const TICKS = 100; // a second; Linux reports in these whatever the kernel's own rate

/** A file of a process; empty once it has ended, which may be at any time. */
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
  return text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
}

export function children(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => Number(stat(other)[1]) === pid);
}

/**
 * Measures the CPU of processes from now on. A process that ends meanwhile, such as an nginx worker of before a
 * reload, counts with what was last seen of it.
 * @returns a function that says how many user and system CPU seconds they have used since.
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

/** Every nginx process of the gateway and its verifiers; a reload replaces them, so ask each time. */
export function nginxPids(): number[] {
  const masters = running().filter(({ name }) => name === "gateway" || name.startsWith("verifier-"));
  if (masters.length === 0) throw new UserError("not running natively: make start-project RUNTIME=native");
  return masters.flatMap(({ pid }) => [pid, ...children(pid)]);
}
