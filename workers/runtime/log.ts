import { writeSync } from "node:fs";

const FLUSH_MS = 20;
let buffer = "";
let timer: ReturnType<typeof setTimeout> | undefined;

/** Writes what is buffered and returns when the kernel has it. */
export function flushLog(): void {
  clearTimeout(timer);
  timer = undefined;
  let rest = Buffer.from(buffer);
  buffer = "";
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // A full pipe says "again"; any other failure (a closed pipe) leaves nowhere to complain to.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}

process.on("exit", flushLog);

/** One JSON line. Lines are gathered for 20 ms: a write per request costs more than the request. */
export function log(level: "info" | "error", msg: string, fields: Record<string, unknown> = {}): void {
  buffer += `${JSON.stringify({ time: new Date().toISOString(), level, msg, ...fields })}\n`;
  timer ??= setTimeout(flushLog, FLUSH_MS);
}
