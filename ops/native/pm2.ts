// pm2, the process manager: calling it, and declaring processes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { refuseForeign } from "./folders.ts";
import { LOG_DIR, PM2_HOME, PROCESS_FILE, RUN_DIR } from "./paths.ts";

const PM2 = join(ROOT, "node_modules/.bin/pm2");
/** The only variables pm2 gets: it passes its environment to every process it starts. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;
const FOR_PM2 = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
  PM2_HOME,
  PM2_DISCRETE_MODE: "true",
  PM2_KILL_SIGNAL: "SIGTERM",
  PM2_DISABLE_VERSION_CHECK: "true", // of version.pm2.io, once a day
  PM2_NO_INTERACTION: "true", // starts no agent of pm2's own monitoring service
};

/** A process as pm2 reports it. */
export interface Running {
  /** Another one for each declaration: a replaced process of the same name has another. */
  id: number;
  name: string;
  pid: number;
  status: string;
  /** Number of restarts. */
  restarts: number;
}

/** Runs pm2 with this project's PM2_HOME, apart from any other pm2 of the user. */
export function pm2(args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["node", PM2, ...args], { cwd: ROOT, env: FOR_PM2 });
  const output = stdout.toString();
  if (exitCode !== 0) throw new UserError(`pm2 ${args[0]} failed: ${(stderr.toString() || output).trim()}`);
  return output;
}

/** Starts these declared processes. */
export function pm2Start(names: string[]): void {
  pm2(["start", PROCESS_FILE, "--only", names.join(",")]);
}

/** The processes under pm2; none when its daemon does not run (any command would start it). */
export function running(): Running[] {
  refuseForeign(RUN_DIR);
  if (!existsSync(join(PM2_HOME, "rpc.sock"))) return [];
  const text = pm2(["jlist"]);
  const list = JSON.parse(text.slice(text.indexOf("["))) as {
    name: string;
    pid?: number;
    pm_id: number;
    pm2_env: { status: string; restart_time: number };
  }[];
  return list.map(({ name, pid = 0, pm_id, pm2_env }) => ({
    id: pm_id,
    name,
    pid,
    // One whose program or folder was missing at a restart is "online" without a pid, and pm2 does not try again.
    status: pm2_env.status === "online" && !pid ? "errored" : pm2_env.status,
    restarts: pm2_env.restart_time,
  }));
}

/** The environment of every process; stop.ts recognizes processes by PM2_HOME. */
const ENVIRONMENT = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", PM2_HOME };

/** A process declaration, https://pm2.keymetrics.io/docs/usage/application-declaration/. */
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
  exp_backoff_restart_delay: number;
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
    filter_env: [""], // matches every name: no variable of the shell that calls pm2
    interpreter: "none",
    out_file: log,
    error_file: log,
    merge_logs: true,
    vizion: false,
    kill_timeout: killTimeout,
    // Milliseconds: 100 after a crash, half as much again after each further one, up to 15 s: a worker that cannot start
    // takes no CPU from the others. After 30 s of running it is 100 again.
    exp_backoff_restart_delay: 100,
    max_restarts: 1000,
    min_uptime: 1000,
  };
}
