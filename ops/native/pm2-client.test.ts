import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const home = mkdtempSync(join(tmpdir(), "pm2-"));
const client = Bun.spawn([process.execPath, join(import.meta.dir, "pm2-client.ts")], {
  env: { PATH: process.env["PATH"] ?? "", PM2_HOME: home, PM2_DISCRETE_MODE: "true" },
  stdin: "pipe",
  stdout: "pipe",
});
const answers = client.stdout.pipeThrough(new TextDecoderStream()).getReader();

const pidOfDaemon = () => Number(readFileSync(join(home, "pm2.pid"), "utf8"));

interface Found {
  name: string;
  pid?: number;
  status: string;
  version?: string;
}

async function call(remove: string[], start: unknown[]): Promise<Found[]> {
  client.stdin.write(`${JSON.stringify([remove, start])}\n`);
  await client.stdin.flush();
  let text = "";
  while (!text.endsWith("\n")) text += (await answers.read()).value ?? "\n";
  const { result, error } = JSON.parse(text);
  if (error) throw new Error(error);
  return result;
}

const one = async (name: string) => (await call([], [])).find((each) => each.name === name);
async function until(name: string, done: (found: Found) => boolean): Promise<Found> {
  for (;;) {
    const found = await one(name);
    if (found && done(found)) return found;
    await Bun.sleep(50);
  }
}

const app = (name: string, script: string) => ({
  name,
  script: "/bin/sh",
  args: ["-c", script],
  interpreter: "none",
  env: { WORKER_VERSION: "0123456789ab" },
  filter_env: [""],
  vizion: false,
  exp_backoff_restart_delay: 100,
  stop_exit_codes: [99],
});

beforeAll(async () => {
  await call([], [app("stays", "exec sleep 600"), app("ends", "sleep 0.2; exit 99")]);
});
afterAll(async () => {
  process.kill(pidOfDaemon());
  client.stdin.end();
  await client.exited;
  rmSync(home, { recursive: true, force: true, maxRetries: 5 }); // the daemon removes files of its own meanwhile
});

test("the list has the version of a process, from its environment", async () => {
  expect(await one("stays")).toMatchObject({ status: "online", version: "0123456789ab" });
});

test("a process that ends with a code to stop at is not restarted, and has no pid", async () => {
  const { status } = await until("ends", ({ pid }) => !pid);
  expect(status).toBe("waiting restart"); // pm2.ts calls it stopped
  await Bun.sleep(500);
  expect((await one("ends"))?.pid).toBeFalsy();
});

test("a process that a signal ends is restarted", async () => {
  const { pid = 0 } = (await one("stays")) ?? {};
  process.kill(pid, "SIGKILL");
  const { pid: next } = await until("stays", (found) => found.status === "online" && found.pid !== pid);
  expect(next).not.toBe(pid);
});

test("a process is replaced in one call, and one that is not there is not removed", async () => {
  const before = await one("stays");
  const after = await call(["stays", "missing"], [app("stays", "exec sleep 600")]);
  const found = after.filter(({ name }) => name === "stays");
  expect(found).toHaveLength(1);
  expect(found[0]?.pid).not.toBe(before?.pid);
});

test("where its daemon was killed, another one answers", async () => {
  await call(["stays", "ends"], []);
  const daemon = pidOfDaemon();
  process.kill(daemon, "SIGKILL");
  while (existsSync(`/proc/${daemon}`)) await Bun.sleep(10);
  expect(await call([], [])).toEqual([]);
  while (pidOfDaemon() === daemon) await Bun.sleep(10);
});
