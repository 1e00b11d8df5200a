// make dev: workers restart on a change of their source, types and tests are checked on change, and all output is
// one stream. Ctrl-C restores the normal workers.
import { join } from "node:path";
import { attach } from "./host/run.ts";
import { LOG_DIR } from "./native/paths.ts";
import { ROOT } from "./settings/project.ts";

const BIN = join(ROOT, "node_modules/.bin");

/** With "stderr", stdout is dropped: the access log of the workers under test. */
function start(name: string, command: string[], output: "both" | "stderr" = "both"): Bun.Subprocess {
  const child = Bun.spawn(command, { cwd: ROOT, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  void relay(output === "both" ? name : undefined, child.stdout);
  void relay(name, child.stderr);
  return child;
}

async function relay(name: string | undefined, stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (name === undefined) continue;
    const prefix = `${name.padEnd(6)}│`;
    for (const line of lines) if (line.trim()) console.log(`${prefix} ${readable(line)}`);
  }
}

/** Formats a worker's JSON log line; other lines stay as they are. */
function readable(line: string): string {
  try {
    const {
      level,
      msg,
      worker = "",
      method = "",
      route = "",
      status = "",
      duration_ms,
      stack,
    } = JSON.parse(line);
    const took = duration_ms === undefined ? "" : `${duration_ms} ms`;
    return [level, msg, worker, method, route, status, took, stack].filter(Boolean).join(" ");
  } catch {
    return line;
  }
}

/** Runs in its own process, so that the last start reads the settings of that time. */
function startProject(environment: Record<string, string>): void {
  const env = { ...environment, RUNTIME: "native" };
  const code = attach([process.execPath, "ops/cli.ts", "start"], env);
  if (code !== 0) process.exit(code);
}

export function dev(): void {
  startProject({ WATCH: "1" });
  const children = [
    start("types", [join(BIN, "tsc"), "--noEmit", "--watch", "--preserveWatchOutput", "-p", "."]),
    start("tests", [process.execPath, "test", "--watch", "--only-failures", "workers"], "stderr"),
    start("logs", ["sh", "-c", `exec tail -q -n 0 -F ${LOG_DIR}/*.log`]),
  ];
  let ended = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (ended) return;
      ended = true;
      for (const child of children) child.kill();
      startProject({});
      process.exit(0);
    });
  }
}
