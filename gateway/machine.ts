// How many processes, open files and connections nginx asks for, as far as the machine has them. In a container
// docker-entrypoint.d/20-configuration.sh writes the same files: how much it may open is the engine's to say.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const WANTED = {
  gateway: { files: 65_536, connections: 16_384 },
  verifier: { files: 1024, connections: 256 }, // servers/40-authentication.conf lets 24 wait
};
/** As many as the machine has CPUs; in a container those that it may use, at most 8. */
const PROCESSES = "auto";
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

/** nginx logs an alert when it may not open as many files as it is told to; a connection needs more than one. */
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

/** What the container's script reads, in the rendered tree. */
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
