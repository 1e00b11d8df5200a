// Start, reload, deploy and stop of a checkout wait for each other.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";
import { exclusively } from "./lock.ts";

const copy = mkdtempSync(join(tmpdir(), "one-at-a-time-"));
const lock = { path: join(copy, ".state/project.lock"), seconds: 0 };
beforeAll(() => {
  for (const part of ["ops", "gateway", "monitoring", "compose.yaml", "package.json", "bunfig.toml"])
    cpSync(join(ROOT, part), join(copy, part), {
      recursive: true,
      filter: (path) => !/(certs|secrets)$/.test(path),
    });
  cpSync(join(ROOT, "workers/runtime"), join(copy, "workers/runtime"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  // An invalid setting: a command that does not wait still starts nothing.
  writeFileSync(join(copy, ".env"), "RUNTIME=native\nHTTPS_PORT=https\n");
});
afterAll(() => rmSync(copy, { recursive: true }));

function start(verb: string) {
  const env = { PATH: process.env["PATH"], XDG_RUNTIME_DIR: copy };
  return Bun.spawn([process.execPath, "ops/cli.ts", verb], {
    cwd: copy,
    env,
    stdout: "ignore",
    stderr: "pipe",
  });
}

async function firstLine({ stderr }: { stderr: ReadableStream<Uint8Array> }): Promise<string> {
  const { value } = await stderr.getReader().read();
  return new TextDecoder().decode(value).split("\n")[0] ?? "";
}

test.each(["start", "stop", "deploy", "reload"])(
  "%s waits for the running command",
  async (name) => {
    await exclusively(lock, async () => {
      const command = start(name);
      try {
        expect(await firstLine(command)).toBe(`waiting for another make (pid ${process.pid})`);
      } finally {
        command.kill();
        await command.exited;
      }
    });
  },
  60_000,
);
