// The type check before a deployment: the bundler drops types, so a wrong one would only show when a request comes.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";

const SHOWN = 5;
const MAX = 200;
const ERROR = /^(\S.*\(\d+,\d+\)): error TS\d+: (.*)$/;

const short = (text: string) => (text.length > MAX ? `${text.slice(0, MAX)}…` : text);

/**
 * The errors of tsc's output, each as `file(line,column): message`. Indented lines explain an error, the last one most
 * precisely.
 */
export function typeErrors(output: string): string[] {
  const errors: { where: string; what: string; why: string }[] = [];
  for (const line of output.split("\n")) {
    const [, where = "", what = ""] = ERROR.exec(line) ?? [];
    const last = errors.at(-1);
    if (where) errors.push({ where, what, why: "" });
    else if (last && /^\s+\S/.test(line)) last.why = ` ${line.trim()}`;
  }
  return errors.map(({ where, what, why }) => `${where}: ${short(what)}${short(why)}`);
}

/** @throws UserError when a type is wrong; CHECK=no skips the check. */
export function checkTypes(root = ROOT): void {
  if (process.env["CHECK"] === "no") return;
  const tsc = join(root, "node_modules/.bin/tsc");
  if (!existsSync(tsc)) throw new UserError("node_modules is missing: run ops/bootstrap.sh");
  console.log("checking types");
  const { exitCode, stdout } = Bun.spawnSync([tsc, "--noEmit", "--pretty", "false", "-p", "."], {
    cwd: root,
  });
  if (exitCode === 0) return;
  const output = stdout.toString();
  const found = typeErrors(output);
  for (const line of found.slice(0, SHOWN)) console.error(`  ${line}`);
  if (found.length === 0) throw new UserError(`tsc: ${output.trim().split("\n").at(-1)}`);
  const errors = found.length === 1 ? "1 type error" : `${found.length} type errors`;
  throw new UserError(`${errors}; nothing was replaced (CHECK=no skips this check)`);
}
