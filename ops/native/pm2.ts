// pm2, the process manager: calling it, and declaring processes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { refuseForeign } from "./folders.ts";
import { LOG_DIR, PM2_HOME, RUN_DIR } from "./paths.ts";

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
  /** The version of a worker's process; undefined in development. */
  version?: string;
}

/** Runs pm2 with this project's PM2_HOME, apart from any other pm2 of the user. */
export function pm2(args: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(["node", PM2, ...args], { cwd: ROOT, env: FOR_PM2 });
  const output = stdout.toString();
  if (exitCode !== 0) throw new UserError(`pm2 ${args[0]} failed: ${(stderr.toString() || output).trim()}`);
  return output;
}

/** One that was missing or ended by itself at a restart has no pid: pm2 shows it as running or about to, and never tries again. */
function statusOf(status: string, pid: number): string {
  if (pid) return status;
  return { online: "errored", "waiting restart": "stopped" }[status] ?? status;
}

const CLIENT = [process.execPath, join(ROOT, "ops/native/pm2-client.ts")];

function parse(line: string): Running[] {
  const { result, error } = JSON.parse(line || '{"error":"its client ended"}');
  if (error) throw new UserError(`pm2 failed: ${error}`);
  return (result as Running[]).map(({ pid = 0, ...each }) => ({
    ...each,
    pid,
    status: statusOf(each.status, pid),
  }));
}

function startClient() {
  const child = Bun.spawn(CLIENT, {
    cwd: ROOT,
    env: FOR_PM2,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  child.unref();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  return {
    child,
    async line(): Promise<string> {
      while (!rest.includes("\n")) {
        const { value, done } = await lines.read();
        if (done) return "";
        rest += value;
      }
      const end = rest.indexOf("\n");
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      return line;
    },
  };
}

let client: ReturnType<typeof startClient> | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** Stops and removes processes after their drain, then starts others. @returns the processes after that. */
export function change(remove: string[], start: Process[]): Promise<Running[]> {
  const answer = turn.then(async () => {
    const { exitCode = null, signalCode = null } = client?.child ?? {};
    if (!client || exitCode !== null || signalCode !== null) client = startClient();
    client.child.stdin.write(`${JSON.stringify([remove, start])}\n`);
    await client.child.stdin.flush();
    return parse(await client.line());
  });
  turn = answer.catch(() => undefined);
  return answer;
}

function hasDaemon(): boolean {
  refuseForeign(RUN_DIR);
  return existsSync(join(PM2_HOME, "rpc.sock"));
}

/** The processes under pm2; none when its daemon does not run (any call would start it). */
export async function currentProcesses(): Promise<Running[]> {
  return hasDaemon() ? change([], []) : [];
}

/** The same, for a caller that cannot wait. */
export function running(): Running[] {
  if (!hasDaemon()) return [];
  const { stdout } = Bun.spawnSync(CLIENT, { cwd: ROOT, env: FOR_PM2, stdin: Buffer.from("[[],[]]\n") });
  return parse(stdout.toString());
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
  /** Ended with one of these codes, it is not restarted. */
  stop_exit_codes?: number[];
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
