// One system account for each kind of process, so that each can read only what it needs.
import { createHash } from "node:crypto";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";

interface Account {
  name: string;
  uid: number;
  gid: number;
}

export const MONITORS = ["nginx-exporter", "log-exporter", "blackbox-exporter", "alertmanager", "prometheus"];
const PREFIX = "fortress-";
const MAX_NAME = 32; // limit of useradd

/** The prefix keeps workers from sharing the account of a program with their name. */
export const workerPart = (worker: string) => `worker-${worker}`;

/** `fortress-<part>`; a name that is too long ends in a digest. */
export function accountName(part: string): string {
  const name = `${PREFIX}${part}`;
  if (name.length <= MAX_NAME) return name;
  return `${name.slice(0, MAX_NAME - 9)}-${createHash("sha256").update(part).digest("hex").slice(0, 8)}`;
}

/** @throws UserError for two workers with one account: the shortened name of one may be the name of the other. */
export function refuseSharedAccounts(all: readonly string[]): void {
  const names = all.map(accountName);
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  if (second < 0) return;
  const [a, b] = [all[names.indexOf(names[second] ?? "")], all[second]].map((part) =>
    part?.replace(/^worker-/, ""),
  );
  throw new UserError(`${a} and ${b} would share the account ${names[second]}: rename one of these workers`);
}

/** The existing accounts among `names`, or all. */
function lookUp(names: string[]): Map<string, Account> {
  const lines = Bun.spawnSync(["getent", "passwd", ...names])
    .stdout.toString()
    .trim()
    .split("\n");
  return new Map(
    lines.filter(Boolean).map((line) => {
      const [name = "", , uid, gid] = line.split(":");
      return [name, { name, uid: Number(uid), gid: Number(gid) }];
    }),
  );
}

/** Creates an account without login. @returns the error of useradd. */
function create(name: string): string {
  const useradd = Bun.which("useradd", { PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` });
  if (!useradd) throw new UserError("useradd is missing: apt-get install passwd");
  const options = "--system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin";
  return Bun.spawnSync([useradd, ...options.split(" "), name])
    .stderr.toString()
    .trim();
}

function parts(): string[] {
  const grafana = Bun.which("grafana-server") ? ["grafana"] : [];
  return ["gateway", "verifier", ...MONITORS, ...grafana, ...workers().map(({ name }) => workerPart(name))];
}

let known: Map<string, Account> | undefined;

function all(): Map<string, Account> {
  if (known) return known;
  refuseSharedAccounts(parts());
  const names = parts().map(accountName);
  known = lookUp(names);
  const missing = names.filter((name) => !known?.has(name));
  const errors = missing.map(create);
  if (missing.length > 0) known = lookUp(names); // a concurrent start may have created one
  const failed = missing.findIndex((name) => !known?.has(name));
  if (failed >= 0) throw new UserError(`cannot create the account ${missing[failed]}: ${errors[failed]}`);
  return known;
}

/** The accounts that exist, also those of removed workers; creates none. All checkouts of this machine share them. */
export function knownAccounts(): Account[] {
  return startedByRoot ? [...lookUp([]).values()].filter(({ name }) => name.startsWith(PREFIX)) : [];
}

/**
 * A command that runs the next one as the owner of a file; none unless started by root. Without the variables and the
 * terminal of the caller, which processes of that account could use.
 */
export function asOwner({ uid, gid }: { uid: number; gid: number }): string[] {
  if (!startedByRoot) return [];
  const user = [`--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--no-new-privs"];
  return ["env", "-i", "PATH=/usr/bin:/bin", "setsid", "--wait", "setpriv", ...user];
}

export const startedByRoot = process.getuid?.() === 0;

/**
 * The account of a part, created when it is missing. Undefined unless started by root: then every process runs as the
 * user who started it.
 */
export function account(part: string): Account | undefined {
  return startedByRoot ? all().get(accountName(part)) : undefined;
}

/** pm2 options to run a process as that account; pm2 also drops supplementary groups. */
export function runAs(part: string): { uid?: number; gid?: number } {
  const found = account(part);
  return found ? { uid: found.uid, gid: found.gid } : {};
}
