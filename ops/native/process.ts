import { join } from "node:path";
import { ROOT } from "../settings/project.ts";
import { LOG_DIR, PM2_HOME } from "./paths.ts";

/** All a process has besides what is meant for it; leftovers.ts knows ours by PM2_HOME. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", PM2_HOME };

/** One process as pm2 takes it, https://pm2.keymetrics.io/docs/usage/application-declaration/. */
export interface Process {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  filter_env: string[];
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
export function defineProcess(
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
    env: { ...ENVIRONMENT, ...env },
    filter_env: [""], // part of every name: nothing of the shell that calls pm2, ours or somebody else's
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
