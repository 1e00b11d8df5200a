import { UNPRINTABLE } from "./env-file.ts";
import { UserError } from "./fail.ts";
import { settings } from "./project.ts";

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost)$/;
const PORT = /^[1-9]\d{0,4}$/;
const HOST = "(?:\\*\\.)?[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*";
const PATH = /^[^\s;{}"'$\\]+$/; // it stands in nginx's configuration
const MIN_PASSWORD = 12;
const MAX_PASSWORD = 72; // bytes: bcrypt reads no more
export const USER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

const ESCAPE = "%[0-9A-Fa-f]{2}";
const LOGIN = `(?:[\\w.~!$&()*+,;=:-]|${ESCAPE})*@`;
const WEBHOOK = new RegExp(
  `^https?://(?:${LOGIN})?[^\\s"'\\\\/?#@%{}<>^|\`]+(?:[/?#](?:[^\\s"'\\\\%]|${ESCAPE})*)?$`,
);

/** Alertmanager does not start with a URL that it cannot read, and it is stricter than a browser. */
function isWebhook(url: string): boolean {
  return url === "" || (WEBHOOK.test(url) && URL.canParse(url));
}

const RULES: Record<string, [Pick<RegExp, "test">, string]> = {
  RATE_LIMIT: [/^[1-9]\d{0,5}r\/[sm]$/, "a rate such as 10r/s or 300r/m"],
  AUTH_RATE: [/^[1-9]\d{0,5}r\/[sm]$/, "a rate such as 30r/m"],
  AUTH_BURST: [/^[1-9]\d{0,5}$/, "a whole number from 1"],
  CONNECTION_LIMIT: [/^([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3})$/, "a whole number from 1 to 64999"],
  RATE_BURST: [/^[1-9]\d{0,5}$/, "a whole number from 1"],
  RATE_LIMIT_STATUS: [/^(503|429)$/, "503 or 429"],
  BIND_ADDRESS: [/^\d{1,3}(\.\d{1,3}){3}$/, "an IPv4 address such as 127.0.0.1 or 0.0.0.0"],
  SERVER_NAMES: [new RegExp(`^ *${HOST}(?: +${HOST})* *$`), "host names separated by spaces"],
  TLS_CERT_FILE: [PATH, "a path without spaces and quotes"],
  TLS_KEY_FILE: [PATH, "a path without spaces and quotes"],
  TLS_CA_FILE: [/^[^\s;{}"'$\\]*$/, "a path without spaces and quotes, or empty"],
  GATEWAY_USER: [USER_NAME, "1 to 64 of A-Z a-z 0-9 . _ -"],
  ALERT_WEBHOOK_URL: [{ test: isWebhook }, "an http:// or https:// URL, or empty"],
  STACK_ENCRYPTED: [/^(true|false)$/, "true or false"],
  VERSION: [/^\w[\w.-]{0,127}$/, "an image tag: letters, digits and . _ -"],
  REGISTRY: [/^[A-Za-z0-9.:/_-]*$/, "a registry such as registry.example.org:5000, or empty"],
  RUNTIME: [/^(native|compose|swarm|)$/, "native, compose or swarm"],
};

export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/** Grafana trims its administrator's password and fills in `%(name)s`. */
function passwordFault(password: string): string | undefined {
  if (Buffer.byteLength(password) > MAX_PASSWORD) return `may have at most ${MAX_PASSWORD} bytes`;
  if (password !== password.trim()) return "must not begin or end with a space";
  if (/%\([^)]+\)s/.test(password)) return "must not hold %(...)s";
  return undefined;
}

/** What is wrong with a password for a network, or undefined. */
export function passwordProblem(password: string): string | undefined {
  if ([...password].length < MIN_PASSWORD) return `the password needs at least ${MIN_PASSWORD} characters`;
  if (Buffer.byteLength(password) > MAX_PASSWORD)
    return `the password may have at most ${MAX_PASSWORD} bytes`;
  return undefined;
}

/** @throws UserError naming the first variable whose value cannot work, and what it may be. */
export function validateSettings(values: Record<string, string> = settings): void {
  for (const [name, value] of Object.entries(values)) {
    if (UNPRINTABLE.test(value)) throw new UserError(`${name} holds a character that is not printable`);
    const [pattern, expected] = RULES[name] ?? [];
    if (pattern && !pattern.test(value)) throw new UserError(`${name} must be ${expected}`);
    if (!name.endsWith("_PORT") && name !== "WORKER_PORT_BASE") continue;
    if (!PORT.test(value) || Number(value) > 65535)
      throw new UserError(`${name} must be a port from 1 to 65535`);
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
