// Whether the project is in maintenance, kept in .state until it ends: stops, starts and deployments change nothing about it.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join, relative } from "node:path";
import type { Maintenance } from "../../gateway/maintenance.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { replaceFile } from "./state.ts";

const FILE = join(ROOT, ".state/maintenance.json");
const MESSAGE = "This API is under maintenance. Try again in a moment.";
/** Characters: nginx reads at most 4 kB at once, and one may take twelve bytes there. */
const LONGEST = 200;

/** What is recorded; undefined while the API is open. @throws UserError for a damaged file. */
export function maintenance(file = FILE): Maintenance | undefined {
  if (!existsSync(file)) return undefined;
  try {
    const { message, allow } = JSON.parse(readFileSync(file, "utf8")) as Partial<Maintenance>;
    if (typeof message === "string" && allow?.every((one) => typeof one === "string"))
      return { message, allow };
  } catch {
    // as one of another shape
  }
  throw new UserError(
    `${relative(ROOT, file)} is damaged: make maintenance STATE=on or STATE=off writes it again`,
  );
}

/** As maintenance; undefined for a damaged file. */
export function readable(file = FILE): Maintenance | undefined {
  try {
    return maintenance(file);
  } catch {
    return undefined;
  }
}

/** @throws UserError for files that an earlier version of the project, which the gateway still runs, does not know. */
export function refuseUnknown(names: readonly string[], nginxConf: string): void {
  if (names.every((name) => nginxConf.includes(`include ${name};`))) return;
  throw new UserError("the gateway runs a configuration from before an update of the project: make reload");
}

/** As a part of what is published. */
export function publishedMaintenance(): { maintenance?: Maintenance } {
  const found = maintenance();
  return found ? { maintenance: found } : {};
}

const SHOWN = 5;
const listed = (all: readonly string[]) =>
  [...all.slice(0, SHOWN), ...(all.length > SHOWN ? [`${all.length - SHOWN} more`] : [])].join(", ");

/** What is the case, for people. */
export function inMaintenance(): string | undefined {
  const found = maintenance();
  if (!found) return undefined;
  const passing = found.allow.length > 0 ? `all but ${listed(found.allow)}` : "all clients";
  return `maintenance: ${passing} get 503 with "${found.message}"; make maintenance STATE=off ends it`;
}

export function recordMaintenance(next: Maintenance | undefined, file = FILE): void {
  mkdirSync(dirname(file), { recursive: true });
  if (!next || !statSync(file, { throwIfNoEntry: false })?.isFile())
    rmSync(file, { recursive: true, force: true });
  if (next) replaceFile(file, JSON.stringify(next));
}

/**
 * In nginx's notation. @throws UserError for what is no address of IPv4 or IPv6 and no network of them, and for IPv4 written as IPv6,
 * which nginx never compares with a client's.
 */
function network(text: string): string {
  const [address = "", bits, ...rest] = text.split("/");
  const family = address.includes("%") ? 0 : isIP(address);
  const most = { 4: 32, 6: 128 }[family];
  const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (most ?? 0));
  const plain = family === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
  if (most && isRange && rest.length === 0 && !plain.startsWith("::ffff:"))
    return bits === undefined ? plain : `${plain}/${Number(bits)}`;
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
