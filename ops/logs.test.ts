// In a copy of the project where nothing runs: the command says so and ends, and does not wait for logs.
import { expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./settings/project.ts";

test("make logs says that nothing runs, and ends", () => {
  const copy = mkdtempSync(join(tmpdir(), "logs-"));
  try {
    for (const part of ["ops", "compose.yaml", "gateway/passwords.ts"])
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    mkdirSync(join(copy, "workers"));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
    const { exitCode, stderr } = Bun.spawnSync([process.execPath, "ops/cli.ts", "logs"], {
      cwd: copy,
      timeout: 60_000,
    });
    expect(stderr.toString()).toStartWith("error: not running: make start-project");
    expect(exitCode).toBe(1);
  } finally {
    rmSync(copy, { recursive: true });
  }
}, 90_000);
