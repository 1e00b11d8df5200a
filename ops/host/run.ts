import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

export interface Result {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end and captures its output. */
export function run(
  command: string[],
  /** A variable that is undefined is left out. */
  options: { timeoutMs?: number; env?: Record<string, string | undefined> } = {},
): Result {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdin: "ignore",
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  return { ok: exitCode === 0, stdout: stdout.toString().trim(), stderr: stderr.toString().trim() };
}

/** @returns stdout. @throws UserError with the command and its last line of output. */
export function mustRun(command: string[], options: { env?: Record<string, string> } = {}): string {
  const { ok, stdout, stderr } = run(command, options);
  if (!ok) throw new UserError(`${command.join(" ")}: ${(stderr || stdout).split("\n").at(-1)}`);
  return stdout;
}

/** Runs a command attached to this terminal. @returns its exit code. */
export function attach(command: string[], env: Record<string, string> = {}): number {
  const { exitCode } = Bun.spawnSync(command, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["inherit", "inherit", "inherit"],
  });
  return exitCode;
}
