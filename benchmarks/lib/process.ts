import { readdirSync, readFileSync } from "node:fs";

const TICKS = 100; // a second; Linux reports in these whatever the kernel's own rate

function stat(pid: number): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before it may hold anything
}

export function children(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => {
      try {
        return Number(stat(other)[1]) === pid;
      } catch {
        return false; // it ended while we looked
      }
    });
}

/** User and system CPU seconds that these processes have used so far. */
export function cpuSeconds(pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const fields = stat(pid);
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS;
  }, 0);
}

export interface Memory {
  /** MiB */
  rss: number;
  private: number;
}

export function memory(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const mib = (...names: string[]) =>
    names.reduce((sum, name) => sum + Number(new RegExp(`^${name}: *(\\d+)`, "m").exec(text)?.[1] ?? 0), 0) /
    1024;
  return { rss: mib("Rss"), private: mib("Private_Clean", "Private_Dirty") };
}
