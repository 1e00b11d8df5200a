import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exclusively, isHeld } from "./lock.ts";

let folder = "";
let path = "";
const children: Bun.Subprocess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  path = join(folder, "state/lock");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Another process that runs `body` with the lock, and waits `seconds` for it. */
function other(body: string, seconds = 60) {
  const script = `import { exclusively } from "${join(import.meta.dir, "lock.ts")}";
    await exclusively({ path: "${path}", seconds: ${seconds} }, async () => { ${body} });`;
  const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "pipe" });
  children.push(child);
  return child;
}

/** A process that holds the lock until it is killed. */
async function holding() {
  const child = other('console.log("mine"); await Bun.sleep(600_000);');
  await child.stdout.getReader().read();
  return child;
}

test("concurrent changes are all applied", async () => {
  const file = join(folder, "count");
  writeFileSync(file, "0");
  const change = `const read = require("node:fs").readFileSync("${file}", "utf8");
    await Bun.sleep(50);
    require("node:fs").writeFileSync("${file}", String(Number(read) + 1));`;
  const codes = await Promise.all(Array.from({ length: 5 }, () => other(change).exited));
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  expect(readFileSync(file, "utf8")).toBe("5");
});

test("a waiting process names the holder once, and times out with one line", async () => {
  const holder = await holding();
  const waiting = other('console.log("never");', 0.5);
  const [said, code] = [await new Response(waiting.stderr).text(), await waiting.exited];
  expect(code).toBe(1);
  expect(said).toContain(`waiting for another make (pid ${holder.pid})\n`);
  expect(said.match(/^waiting for/gm)).toHaveLength(1);
  expect(said).toContain(`another make (pid ${holder.pid}) did not finish in 0.5 s; nothing was changed`);
});

test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("%s releases the lock", async (signal) => {
  const holder = await holding();
  expect(isHeld({ path, seconds: 0 })).toBe(true);
  holder.kill(signal);
  await holder.exited;
  expect(isHeld({ path, seconds: 0 })).toBe(false);
  expect(await exclusively({ path, seconds: 0 }, () => "mine")).toBe("mine");
});

test("the lock is reentrant within its process, and released afterwards and after an error", async () => {
  const lock = { path, seconds: 0 };
  expect(await exclusively(lock, () => exclusively(lock, () => "inner"))).toBe("inner");
  const failing = exclusively(lock, () => Promise.reject(new Error("failed")));
  expect(failing).rejects.toThrow("failed");
  await failing.catch(() => {});
  expect(existsSync(`${path}.pid`)).toBe(false);
  const next = other("");
  expect(await next.exited).toBe(0);
});
