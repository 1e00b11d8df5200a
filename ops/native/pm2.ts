import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { refuseForeign } from "./folders.ts";
import { PM2_HOME, RUN_DIR } from "./paths.ts";

const PM2 = join(ROOT, "node_modules/.bin/pm2");
/** Of the caller's environment only this: pm2 hands what it gets to every process it starts. */
const PASSED_ON = /^(PATH|HOME|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;
const ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
  PM2_HOME,
  PM2_DISCRETE_MODE: "true",
  PM2_KILL_SIGNAL: "SIGTERM",
  PM2_DISABLE_VERSION_CHECK: "true", // of version.pm2.io, once a day
  PM2_NO_INTERACTION: "true", // starts no agent of pm2's own monitoring service
};

/** What pm2 says of a process; only what is read here. */
export interface Running {
  name: string;
  pid: number;
  status: string;
  /** How often it ended and was started again. */
  restarts: number;
}

/** Runs pm2 with this project's own home, so that another pm2 of the user is never touched. */
export function pm2(args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["node", PM2, ...args], { cwd: ROOT, env: ENVIRONMENT });
  const output = stdout.toString();
  if (exitCode !== 0) throw new UserError(`pm2 ${args[0]} failed: ${(stderr.toString() || output).trim()}`);
  return output;
}

/** The processes under pm2; none when its daemon does not run (asking would start it). */
export function running(): Running[] {
  refuseForeign(RUN_DIR);
  if (!existsSync(join(PM2_HOME, "rpc.sock"))) return [];
  const text = pm2(["jlist"]);
  const list = JSON.parse(text.slice(text.indexOf("["))) as {
    name: string;
    pid: number;
    pm2_env: { status: string; restart_time: number };
  }[];
  return list.map(({ name, pid, pm2_env }) => ({
    name,
    pid,
    status: pm2_env.status,
    restarts: pm2_env.restart_time,
  }));
}
