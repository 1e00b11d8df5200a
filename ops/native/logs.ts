import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";
import { ACCESS_LOG, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { type Process, process_ } from "./process.ts";

/** Bounds every log, under the process manager like everything else. */
export function rotationProcess(): Process {
  const script = join(ROOT, "ops/native/rotate-logs.sh");
  return process_("log-rotation", [script, GATEWAY_DIR, ACCESS_LOG, LOG_DIR]);
}

/** What a process complained about last, in one line. */
export function lastWords(name: string): string {
  const path = join(LOG_DIR, `${name}.log`);
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n").slice(-40) : [];
  return lines.findLast((line) => /^error/i.test(line)) ?? lines.at(-1) ?? "it said nothing";
}
