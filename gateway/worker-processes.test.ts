// The number of worker processes in the gateway's container, by CPUs and cgroup limits.
import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "worker-processes-"));
afterAll(() => rmSync(folder, { recursive: true }));

function counted(name: string, cpus: number, files: Record<string, string>, wanted = "auto"): string {
  const root = join(folder, name);
  for (const [file, text] of Object.entries({ nproc: `#!/bin/sh\necho ${cpus}\n`, ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  chmodSync(join(root, "nproc"), 0o755);
  const script = join(import.meta.dir, "docker-entrypoint.d/10-worker-processes.envsh");
  const { stdout, stderr } = Bun.spawnSync(["sh", "-euc", `. ${script}; sh -c 'echo $WORKER_PROCESSES'`], {
    env: { PATH: `${root}:${process.env["PATH"]}`, CGROUP: root, WORKER_PROCESSES: wanted },
  });
  return (stdout.toString() + stderr.toString()).trim();
}

const v1 = (quota: string) => ({ "cpu/cpu.cfs_quota_us": quota, "cpu/cpu.cfs_period_us": "100000\n" });
const cases: [string, string, Parameters<typeof counted>][] = [
  ["a small machine without a limit: its CPUs", "4", ["small", 4, { "cpu.max": "max 100000\n" }]],
  ["a large machine: at most 8", "8", ["large", 64, { "cpu.max": "max 100000\n" }]],
  ["a limit of 1.5 CPUs: 2", "2", ["limited", 64, { "cpu.max": "150000 100000\n" }]],
  ["a limit above the machine's CPUs: its CPUs", "2", ["generous", 2, { "cpu.max": "400000 100000\n" }]],
  ["cgroup v1 with a limit of 3 CPUs: 3", "3", ["v1", 64, v1("300000\n")]],
  ["cgroup v1 without a limit: at most 8", "8", ["v1-free", 64, v1("-1\n")]],
  ["no cgroup: at most 8", "8", ["none", 64, {}]],
  ["a number that is set is used", "3", ["set", 64, {}, "3"]],
];
for (const [name, workers, given] of cases) test(name, () => expect(counted(...given)).toBe(workers));
