import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adoptConfiguration } from "./configuration.ts";

/** Adopts a `next` with this content. */
function adopt(folder: string, content: string): void {
  mkdirSync(join(folder, "next"));
  writeFileSync(join(folder, "next/nginx.conf"), content);
  adoptConfiguration(folder);
}

test("adopting a configuration replaces the current one and removes the previous one", () => {
  const folder = mkdtempSync(join(tmpdir(), "configuration-"));
  mkdirSync(join(folder, "current")); // as an earlier version left it
  for (const content of ["one", "two", "three"]) {
    adopt(folder, content);
    expect(readFileSync(join(folder, "current/nginx.conf"), "utf8")).toBe(content);
  }
  expect(readdirSync(folder)).toHaveLength(2);
  rmSync(folder, { recursive: true });
});

test("`current` exists at every moment of a replacement", async () => {
  const folder = mkdtempSync(join(tmpdir(), "configuration-"));
  adopt(folder, "x");
  const script = `const { lstatSync } = require("node:fs");
    console.log("looking");
    while (lstatSync("${join(folder, "current")}", { throwIfNoEntry: false }));
    console.log("missing");`;
  const looking = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
  const lines = looking.stdout.getReader();
  await lines.read();
  for (let i = 0; i < 500; i++) adopt(folder, "x");
  expect(looking.exitCode).toBe(null);
  const ended = await Promise.race([looking.exited, Bun.sleep(200).then(() => "still there")]);
  looking.kill();
  await looking.exited;
  rmSync(folder, { recursive: true });
  expect(ended).toBe("still there");
});
