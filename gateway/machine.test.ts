import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { machineEnv, machineFiles, openFileLimit } from "./machine.ts";

const limits =
  "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096                 files\n";

test("without CAP_SYS_RESOURCE the hard limit applies", () => {
  expect(openFileLimit(limits, "CapEff:\t0000000000000000\n")).toBe(4096);
  expect(openFileLimit(limits, "CapEff:\t000001ffffffffff\n")).toBe(Number.POSITIVE_INFINITY);
  expect(openFileLimit(limits.replace("4096", "unlimited"), "CapEff:\t0\n")).toBe(Number.POSITIVE_INFINITY);
});

const gateway = (files: number, connections: number) =>
  `worker_processes 3;\nworker_rlimit_nofile ${files};\nevents {\n    worker_connections ${connections};\n}\n`;

test("open files and connections stay within the limit", () => {
  expect(machineFiles("3", 4096)["machine.conf"]).toBe(gateway(4096, 2048));
  expect(machineFiles("3", 65536)["machine.conf"]).toBe(gateway(65536, 16384));
  expect(machineFiles("3", Number.POSITIVE_INFINITY)["machine.conf"]).toBe(gateway(65536, 16384));
});

// The container's script, with temporary folders and an nginx that accepts everything.
const folder = mkdtempSync(join(tmpdir(), "machine-"));
afterAll(() => rmSync(folder, { recursive: true }));
test.each([512, 2000, 4096])(
  "the container's script writes the same files with a limit of %d open files",
  (limit) => {
    mkdirSync(join(folder, "current"), { recursive: true });
    writeFileSync(join(folder, "current/machine.env"), machineEnv("3"));
    writeFileSync(join(folder, "current/nginx.conf"), "");
    writeFileSync(join(folder, "nginx"), "#!/bin/sh\n", { mode: 0o755 });
    const script = join(import.meta.dir, "docker-entrypoint.d/20-configuration.sh");
    const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", `ulimit -n ${limit} && exec sh ${script}`], {
      env: { PATH: `${folder}:${process.env["PATH"]}`, RUN_DIR: folder, CONFIGURATION: folder },
    });
    expect([exitCode, stderr.toString()]).toEqual([0, ""]);
    const written = Object.entries(machineFiles("3", limit)).map(([name]) => [
      name,
      readFileSync(join(folder, name), "utf8"),
    ]);
    expect(Object.fromEntries(written)).toEqual(machineFiles("3", limit));
  },
);
