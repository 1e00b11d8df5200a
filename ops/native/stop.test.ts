import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nginxProcesses } from "./stop.ts";

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
