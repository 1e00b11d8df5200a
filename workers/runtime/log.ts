import { writeSync } from "node:fs";

const FLUSH_MS = 100;
let buffer = "";
let timer: ReturnType<typeof setTimeout> | undefined;

/** Writes the buffer synchronously. */
function flushLog(): void {
  clearTimeout(timer);
  timer = undefined;
  let rest = Buffer.from(buffer);
  buffer = "";
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // EAGAIN: the pipe is full. After any other error (a closed pipe) there is no log to report it to.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
    }
  }
}

process.on("exit", flushLog);

let second = 0;
let upToSecond = "";

/** Now in ISO 8601, UTC; all but the milliseconds is computed once a second. */
function timestamp(): string {
  const now = Date.now();
  const current = Math.floor(now / 1000);
  if (current !== second) {
    second = current;
    upToSecond = new Date(current * 1000).toISOString().slice(0, -"000Z".length);
  }
  return `${upToSecond}${String(now - current * 1000).padStart(3, "0")}Z`;
}

/** Logs one JSON line. Lines are buffered for 100 ms: a write per request costs more than the request. */
export function log(level: "info" | "error", msg: string, fields: Record<string, unknown> = {}): void {
  logMembers(level, msg, JSON.stringify(fields).slice(1, -1));
}

/** The same, with the fields already serialized: for the line of every request. */
export function logMembers(level: "info" | "error", msg: string, members: string): void {
  const more = members === "" ? "" : `,${members}`;
  buffer += `{"time":"${timestamp()}","level":"${level}","msg":${JSON.stringify(msg)}${more}}\n`;
  timer ??= setTimeout(flushLog, FLUSH_MS);
}
