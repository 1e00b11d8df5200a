// Why a program ended, in one line, read from what it wrote: a worker's uncaught error as Bun prints it (a frame of the
// source, a caret, `error: message`, the stack), or the error line of another program.
import { relative } from "node:path";
import { ROOT } from "../settings/project.ts";

const CARET = /^\s*\^\s*$/;
const FRAME = /^\s+at (?:.* \()?([^\s()]+):(\d+):\d+\)?$/;
const HEAD = /^(?:\w+: )*(?:error|[A-Za-z]*(?:Error|Exception)|E[A-Z]+)\b(?: \[[^\]]+\])?: ./;
/** Of nginx and of the monitoring programs. */
const OTHER = /\[(?:emerg|alert|crit)\]|\b(?:level=error|err=|panic:|fatal)/i;
/** Frames that are not the worker's own code. */
const FOREIGN = /(?:^|\/)(?:node_modules|workers\/runtime)\/|^(?:node|bun|native|unknown)\b/;
/** The folder of the sources in workers/Dockerfile. */
const IN_IMAGE = /^\/src\//;
const MAX = 300;

const isPlain = (line: string) => line.trim() !== "" && !line.startsWith("{") && !/^Bun v\d/.test(line);

/** The line of the last error's message: after the caret, otherwise the last that begins like an error. */
function headOf(lines: string[]): number {
  const caret = lines.findLastIndex((line) => CARET.test(line));
  if (caret < 0) return lines.findLastIndex((line) => HEAD.test(line));
  return lines.findIndex((line, i) => i > caret && line.trim() !== "");
}

/** `file:line` of the first frame in the worker's code, otherwise of the first; undefined without a stack. */
function position(lines: string[], root: string): string | undefined {
  const frames = lines.flatMap((line) => {
    const [, path = "", at] = FRAME.exec(line) ?? [];
    return path === "" ? [] : [{ path, at }];
  });
  const { path, at } = frames.find((frame) => !FOREIGN.test(frame.path)) ?? frames[0] ?? {};
  if (path === undefined) return undefined;
  const file = path.startsWith(`${root}/`) ? relative(root, path) : path.replace(IN_IMAGE, "");
  return `${file}:${at}`;
}

/** The message of a worker's error line in JSON with its position, if it is one. */
function jsonError(line: string, root: string): string | undefined {
  try {
    const { level, msg, stack } = JSON.parse(line) as Record<string, unknown>;
    if (level !== "error") return undefined;
    const [message, ...frames] = String(stack ?? msg).split("\n");
    const where = position(frames, root);
    return where ? `${message} (${where})` : message;
  } catch {
    return undefined;
  }
}

/** The error of a program that ended, with the source's `file:line` where it is known; undefined where it wrote none. */
export function crashReason(log: string, root = ROOT): string | undefined {
  const lines = log.trimEnd().split("\n");
  const head = headOf(lines);
  if (head >= 0) {
    const message = (lines[head] ?? "").replace(/^error: /, "").slice(0, MAX);
    const where = position(lines.slice(head + 1), root);
    return where ? `${message} (${where})` : message;
  }
  const last = lines.findLast((line) => OTHER.test(line)) ?? lines.findLast(isPlain);
  return (last ?? lines.map((line) => jsonError(line, root)).findLast(Boolean))?.trim().slice(0, MAX);
}

export interface Exit {
  code: number;
  signal?: string | undefined;
  /** Ended by the kernel for its memory limit. */
  outOfMemory?: boolean;
}

/** The same with how it ended, where that was not an uncaught error. */
export function ending(log: string, { code, signal, outOfMemory }: Exit, root = ROOT): string {
  if (outOfMemory)
    return "it used more memory than its limit (deploy.resources.limits.memory in compose.yaml)";
  const reason = crashReason(log, root);
  const how = signal ? `was ended by ${signal}` : `exited with code ${code}`;
  if (reason === undefined) return `it ${how} and wrote no error`;
  return code === 1 && !signal ? reason : `it ${how}: ${reason}`;
}
