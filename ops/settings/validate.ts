import { UNPRINTABLE } from "./env-file.ts";
import { UserError } from "./fail.ts";
import { settings } from "./project.ts";
import { port, rowOf } from "./table.ts";

export { USER_NAME } from "./table.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost)$/;
const MIN_PASSWORD = 12;
const MAX_PASSWORD = 72; // bytes: bcrypt reads no more

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** Grafana trims its administrator's password and expands `%(name)s`. */
function passwordFault(password: string): string | undefined {
  if (Buffer.byteLength(password) > MAX_PASSWORD) return `may have at most ${MAX_PASSWORD} bytes`;
  if (password !== password.trim()) return "must not begin or end with a space";
  if (/%\([^)]+\)s/.test(password)) return "must not hold %(...)s";
  return undefined;
}

/** Why a password is too weak for a public address; undefined when it is not. */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < MIN_PASSWORD) return `the password needs at least ${MIN_PASSWORD} characters`;
  if (Buffer.byteLength(password) > MAX_PASSWORD)
    return `the password may have at most ${MAX_PASSWORD} bytes`;
  return undefined;
}

/** @throws UserError with the first invalid variable and its valid values. */
export function validateSettings(values: Record<string, string> = settings): void {
  for (const [name, value] of Object.entries(values)) {
    if (UNPRINTABLE.test(value)) throw new UserError(`${name} holds a character that is not printable`);
    const rule = rowOf(name) ?? (name.endsWith("_PORT") ? port : undefined);
    if (rule && !rule.check.test(value)) throw new UserError(`${name} must be ${rule.expected}`);
  }
  const password = values["GATEWAY_PASSWORD"] ?? "";
  const fault = passwordFault(password);
  if (fault) throw new UserError(`GATEWAY_PASSWORD ${fault}`);
  if (!isLoopback(values["BIND_ADDRESS"] ?? "") && passwordProblem(password)) {
    throw new UserError(
      `BIND_ADDRESS is not loopback: set GATEWAY_PASSWORD to at least ${MIN_PASSWORD} characters first`,
    );
  }
}
