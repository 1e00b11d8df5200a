import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { GATEWAY_DIR, PM2_HOME } from "./paths.ts";

function read(pid: number, file: "environ" | "cmdline"): string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return []; // ended meanwhile, or somebody else's
  }
}

/** nginx writes its title over its environment, so it is known by its pid file and checked by its command line. */
function nginxMasters(): number[] {
  return ["nginx.pid", "verifier-new.pid", "verifier-recent.pid"]
    .map((file) => join(GATEWAY_DIR, file))
    .filter((path) => existsSync(path))
    .map((path) => Number(readFileSync(path, "utf8")))
    .filter((pid) => read(pid, "cmdline").join(" ").includes(GATEWAY_DIR));
}

/** Processes that this project's pm2 started and that still run, whether or not pm2 itself does. */
export function leftovers(): number[] {
  const mark = `PM2_HOME=${PM2_HOME}`;
  const started = readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && read(pid, "environ").includes(mark));
  return [...new Set([...nginxMasters(), ...started])];
}
