import { join } from "node:path";
import { ROOT } from "../lib/compose.ts";
import { LOG_DIR } from "./paths.ts";

/** One process as pm2 takes it, https://pm2.keymetrics.io/docs/usage/application-declaration/. */
export interface Process {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  interpreter: "none";
  out_file: string;
  error_file: string;
  merge_logs: true;
  vizion: false;
  kill_timeout: number;
  restart_delay: number;
  max_restarts: number;
  min_uptime: number;
  uid?: number;
  gid?: number;
}

/** A process that is restarted when it ends, with its output in `.state/logs/<name>.log`. */
export function process_(
  name: string,
  command: string[],
  env: Record<string, string> = {},
  killTimeout = 5000,
): Process {
  const [script = "", ...args] = command;
  const log = join(LOG_DIR, `${name}.log`);
  return {
    name,
    script,
    args,
    cwd: ROOT,
    env,
    interpreter: "none",
    out_file: log,
    error_file: log,
    merge_logs: true,
    vizion: false,
    kill_timeout: killTimeout,
    restart_delay: 100,
    max_restarts: 1000,
    min_uptime: 1000,
  };
}
