import { writeSync } from "node:fs";

const FLUSH_MS = 100;
/** Bytes. Text that waits as strings would outlive many garbage collections, each of which visits it. */
const CAPACITY = 256 * 1024;
const buffer = Buffer.allocUnsafe(CAPACITY);
let used = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function flushLog(): void {
  clearTimeout(timer);
  timer = undefined;
  write(buffer.subarray(0, used));
  used = 0;
}

/** Writes it all, synchronously. */
function write(rest: Uint8Array): void {
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

let written = 0;
let stamp = "";

/** Now in ISO 8601, UTC; computed once a millisecond. */
function timestamp(): string {
  const now = Date.now();
  if (now !== written) {
    written = now;
    stamp = new Date(now).toISOString();
  }
  return stamp;
}

/** Logs one JSON line. Lines are buffered for 100 ms: a write per request costs more than the request. */
export function log(level: "info" | "error", msg: string, fields: Record<string, unknown> = {}): void {
  logMembers(level, msg, JSON.stringify(fields).slice(1, -1));
}

/** The same, with the fields already serialized: for the line of every request. */
export function logMembers(level: "info" | "error", msg: string, members: string): void {
  const more = members === "" ? "" : `,${members}`;
  const line = `{"time":"${timestamp()}","level":"${level}","msg":${JSON.stringify(msg)}${more}}\n`;
  const most = 3 * line.length; // bytes of UTF-8
  if (used + most > CAPACITY) flushLog();
  if (most > CAPACITY) write(Buffer.from(line));
  else used += buffer.write(line, used);
  timer ??= setTimeout(flushLog, FLUSH_MS);
}
