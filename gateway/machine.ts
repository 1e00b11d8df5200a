// Worker processes, open files and connections of nginx, within the machine's limits. In a container
// docker-entrypoint.d/20-configuration.sh writes the same files: the engine sets the limit of open files.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WANTED = {
  gateway: { files: 65_536, connections: 16_384 },
  verifier: { files: 1024, connections: 256 }, // servers/40-authentication.conf lets 24 wait
};
/** One per CPU; in a container one per CPU that it may use, at most 8. */
const PROCESSES = "auto";
const CAP_SYS_RESOURCE = 1n << 24n;

/** How many files a child process may open; infinite if this process may raise the hard limit. */
export function openFileLimit(
  limits = readFileSync("/proc/self/limits", "utf8"),
  status = readFileSync("/proc/self/status", "utf8"),
): number {
  const [, capabilities = "0"] = /^CapEff:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  if ((BigInt(`0x${capabilities}`) & CAP_SYS_RESOURCE) !== 0n) return Number.POSITIVE_INFINITY;
  const [, hard = "unlimited"] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** nginx logs an alert if worker_rlimit_nofile exceeds the limit; a connection needs more than one file. */
function machine(processes: string, { files, connections }: typeof WANTED.gateway, limit: number): string {
  return `worker_processes ${processes};
worker_rlimit_nofile ${Math.min(files, limit)};
events {
    worker_connections ${Math.min(connections, Math.floor(limit / 2))};
}
`;
}

/** The files that nginx.conf and the verifiers' configuration include from RUN_DIR. */
export function machineFiles(processes = PROCESSES, limit = openFileLimit()): Record<string, string> {
  return {
    "machine.conf": machine(processes, WANTED.gateway, limit),
    "machine-verifier.conf": machine("1", WANTED.verifier, limit),
  };
}

export function writeMachineFiles(runDir: string, processes = PROCESSES, limit?: number): void {
  for (const [name, text] of Object.entries(machineFiles(processes, limit)))
    writeFileSync(join(runDir, name), text);
}

/** The values for the container's script, in the rendered tree. */
export function machineEnv(processes = PROCESSES): string {
  return Object.entries({
    WORKER_PROCESSES: processes,
    FILES: WANTED.gateway.files,
    CONNECTIONS: WANTED.gateway.connections,
    VERIFIER_FILES: WANTED.verifier.files,
    VERIFIER_CONNECTIONS: WANTED.verifier.connections,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
