import { afterAll, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginxProcesses, strayProcesses } from "./stop.ts";

const folder = mkdtempSync(join(tmpdir(), "stop-"));
afterAll(() => rmSync(folder, { recursive: true }));
const everything = readdirSync("/proc").map(Number).filter(Boolean);

for (const text of ["", "\n", "0", "nginx"]) {
  test(`a pid file with ${JSON.stringify(text)} matches no process`, () => {
    const path = join(folder, "nginx.pid");
    writeFileSync(path, text);
    expect(nginxProcesses(everything, [path])).toEqual([]);
  });
}

const sleep = "exec sleep 60";
const strays: [string, boolean, string][] = [
  ["its current folder", true, `cd '${folder}/run'; ${sleep}`],
  ["an open file", true, `cd /; exec 3<'${folder}/run/file'; ${sleep}`],
  [
    "its program, removed meanwhile",
    true,
    `cd /; cp /bin/sleep '${folder}/run/x'; exec '${folder}/run/x' 60`,
  ],
  ["a folder of another checkout", false, `cd '${folder}/run-2'; ${sleep}`],
];
for (const [name, ours, script] of strays) {
  test(`a process with another environment is ${ours ? "" : "not "}the project's by ${name}`, async () => {
    for (const each of ["run", "run-2"]) mkdirSync(join(folder, each), { recursive: true });
    writeFileSync(join(folder, "run/file"), "");
    const process = Bun.spawn(["sh", "-c", script], {
      cwd: "/",
      env: {},
      stdio: ["ignore", "ignore", "ignore"],
    });
    try {
      const command = () => readFileSync(`/proc/${process.pid}/cmdline`, "utf8");
      while (!/^\S*(sleep|x)\0/.test(command())) await Bun.sleep(5);
      rmSync(join(folder, "run/x"), { force: true });
      expect(strayProcesses([process.pid], [join(folder, "run")])).toEqual(ours ? [process.pid] : []);
    } finally {
      process.kill("SIGKILL");
      await process.exited;
    }
  });
}
