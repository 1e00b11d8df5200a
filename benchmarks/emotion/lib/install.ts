// Commands that install what the benchmark compares with.
import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../../ops/settings/fail.ts";

export function run(cwd: string, ...command: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd });
  if (exitCode !== 0) throw new UserError(`${command.join(" ")} failed: ${stderr.toString().trim()}`);
}

/** Whether both files exist and are equal. */
export const same = (a: string, b: string) =>
  existsSync(a) && existsSync(b) && readFileSync(a).equals(readFileSync(b));
