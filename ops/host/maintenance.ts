// Whether the project is in maintenance, kept in .state until it ends: stops, starts and deployments change nothing about it.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import type { Maintenance } from "../../gateway/maintenance.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { replaceFile } from "./state.ts";

const FILE = join(ROOT, ".state/maintenance.json");
const MESSAGE = "This API is under maintenance. Try again in a moment.";
/** Characters: nginx reads at most 4 kB at once, and one may take twelve bytes there. */
const LONGEST = 200;

/** What is recorded; undefined while the API is open. */
export function maintenance(file = FILE): Maintenance | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Maintenance) : undefined;
}

/** As a part of what is published. */
export function publishedMaintenance(): { maintenance?: Maintenance } {
  const found = maintenance();
  return found ? { maintenance: found } : {};
}

/** What is the case, for people. */
export function inMaintenance(): string | undefined {
  const found = maintenance();
  if (!found) return undefined;
  const passing = found.allow.length > 0 ? `all but ${found.allow.join(", ")}` : "all clients";
  return `maintenance: ${passing} get 503 with "${found.message}"; make maintenance STATE=off ends it`;
}

export function recordMaintenance(next: Maintenance | undefined, file = FILE): void {
  mkdirSync(dirname(file), { recursive: true });
  if (next) replaceFile(file, JSON.stringify(next));
  else rmSync(file, { force: true });
}

/** @throws UserError for what is no address of IPv4 or IPv6, and no network of addresses. */
function network(text: string): string {
  const [address = "", bits, ...rest] = text.split("/");
  const most = { 4: 32, 6: 128 }[isIP(address)];
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (most ?? 0));
  if (most && isRange && rest.length === 0 && !address.includes("%")) return text;
  throw new UserError(
    `ALLOW has ${JSON.stringify(text)}, which is no address such as 192.0.2.7 or 10.0.0.0/8`,
  );
}

/**
 * @param message empty: as before, or a general one. @param allow separated by commas or spaces; empty: as before, or nobody.
 * @throws UserError
 */
export function maintenanceOf(message: string, allow: string, before?: Maintenance): Maintenance {
  const said = message.trim() || (before?.message ?? MESSAGE);
  if (!/^[^\p{Cc}\p{Cs}]*$/u.test(said))
    throw new UserError("MESSAGE must be one line of printable characters");
  if ([...said].length > LONGEST) throw new UserError(`MESSAGE must have at most ${LONGEST} characters`);
  const networks = allow
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(network);
  return { message: said, allow: networks.length > 0 ? [...new Set(networks)] : (before?.allow ?? []) };
}
