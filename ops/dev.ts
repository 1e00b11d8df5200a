// make dev: the workers restart when their source changes, behind the running gateway; types and tests are checked
// on change; everything is said in one stream. Ctrl-C puts the normal workers back.
import { join } from "node:path";
import { attach } from "./host/run.ts";
import { LOG_DIR } from "./native/paths.ts";
import { ROOT } from "./settings/project.ts";

const BIN = join(ROOT, "node_modules/.bin");

/** `output` "stderr" leaves out stdout: there the workers under test write their own access log. */
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

/** A worker's JSON line as people read it; anything else as it is. */
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

/** A process of its own, so that the end reads what the settings are by then. */
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
