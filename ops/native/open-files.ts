import { readFileSync } from "node:fs";

const CAP_SYS_RESOURCE = 1n << 24n;

/** How many files a process started from here may open at most: who may raise the hard limit has none. */
export function openFileLimit(
  limits = readFileSync("/proc/self/limits", "utf8"),
  status = readFileSync("/proc/self/status", "utf8"),
): number {
  const [, capabilities = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if ((BigInt(`0x${capabilities}`) & CAP_SYS_RESOURCE) !== 0n) return Number.POSITIVE_INFINITY;
  const [, hard = "unlimited"] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/**
 * nginx logs an alert when it may not open as many files as it is told to. Below that it asks for what there is, and
 * for half as many connections: each needs a file, and so do logs, caches and listeners.
 * gateway/docker-entrypoint.d/20-render.sh does the same in containers.
 */
export function capOpenFiles(config: string, limit: number): string {
  return config
    .replace(/(worker_rlimit_nofile )(\d+)/, (_, name, n) => `${name}${Math.min(Number(n), limit)}`)
    .replace(
      /(worker_connections )(\d+)/,
      (_, name, n) => `${name}${Math.min(Number(n), Math.floor(limit / 2))}`,
    );
}
