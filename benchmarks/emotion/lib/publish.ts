import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { ROOT } from "../../../ops/settings/project.ts";

export const machine = () =>
  `${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, load generator on the same machine`;

/** Writes a file of figures beside the README, Markdown formatted; prints it too. */
export function publish(name: string, text: string): void {
  const path = join(import.meta.dir, "..", name);
  writeFileSync(path, text);
  if (!name.endsWith(".md")) return;
  Bun.spawnSync([join(ROOT, "node_modules/.bin/biome"), "format", "--write", path], { cwd: ROOT });
  console.log(`\n${text}`);
}
