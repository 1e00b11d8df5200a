// Access log and data while the project runs. Started by root, they are outside the project, where other accounts can
// write them, and move back into .state on stop. Otherwise they stay in .state.
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import type { WorkerService } from "../settings/project.ts";
import { account, startedByRoot, workerPart } from "./accounts.ts";
import { ownFolder, removeFolder } from "./folders.ts";
import { ACCESS_LOG, ACCESS_LOG_DIR, DATA_DIR, LOG_DIR, STATE_DIR } from "./paths.ts";

/** A file or folder, and those with its name and a suffix: `access.log`, `access.log.1`. */
interface Moved {
  name: string;
  inside: string;
  outside: string;
}

/** The folder of the workers' volumes. */
const VOLUMES = "data";
const DATA = [VOLUMES, "prometheus", "alertmanager", ...(Bun.which("grafana-server") ? ["grafana"] : [])];
const MOVED: Moved[] = [
  { name: "access.log", inside: LOG_DIR, outside: ACCESS_LOG_DIR },
  ...DATA.map((name) => ({ name, inside: STATE_DIR, outside: DATA_DIR })),
].filter(({ inside, outside }) => inside !== outside);

function removeLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
}

/** A rename, or a copy where the folders lie on different file systems. */
function move(name: string, from: string, to: string): void {
  const files = existsSync(from)
    ? readdirSync(from).filter((each) => each === name || each.startsWith(`${name}.`))
    : [];
  for (const file of files.filter((each) => !lstatSync(join(from, each)).isSymbolicLink()))
    mustRun(["mv", "-fT", join(from, file), join(to, file)]);
}

function own(path: string, uid: number, gid: number, mode: number): void {
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** The gateway writes the access log, the log exporter reads it; it is closed to others. */
function openAccessLog(): void {
  closeSync(openSync(ACCESS_LOG, "a", 0o640));
  const [gateway, reader] = [account("gateway"), account("log-exporter")];
  if (!gateway || !reader) return;
  for (const file of readdirSync(ACCESS_LOG_DIR))
    own(join(ACCESS_LOG_DIR, file), gateway.uid, reader.gid, 0o640);
}

/** @throws UserError for data that root's project left to its accounts, in a project that is not started by root. */
function refuseOthersData(path: string): void {
  const owner = lstatSync(path, { throwIfNoEntry: false })?.uid;
  if (startedByRoot || owner === undefined || owner === process.getuid?.()) return;
  throw new UserError(`${path} belongs to user ${owner}: start the project as root, or as root chown -R it`);
}

/** A program's data folder, for its account alone. */
export function dataFolder(name: string): string {
  const [path, owner] = [join(DATA_DIR, name), account(name)];
  refuseOthersData(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (owner && lstatSync(path).uid !== owner.uid)
    mustRun(["chown", "-Rh", `${owner.uid}:${owner.gid}`, path]);
  chmodSync(path, 0o700);
  return path;
}

/** Where a worker's volume is; it exists from the worker's first start and is never removed. */
export const volumeFolder = (volume: string) => join(DATA_DIR, VOLUMES, volume);

/** The volumes of present and removed workers. */
export function volumes(): string[] {
  const folder = join(DATA_DIR, VOLUMES);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The variable with a worker's data folder, for its account alone; empty for a worker without one. */
export function volumeVariable({ name, data }: Pick<WorkerService, "name" | "data">): Record<string, string> {
  if (data === undefined) return { DATA_DIR: "" };
  const [path, owner] = [volumeFolder(data), account(workerPart(name))];
  openVolumes();
  refuseOthersData(path);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  // What root wrote: make dev runs the workers as root. Without links, and by name within the folder (-execdir), so that
  // the account cannot make this change a file elsewhere.
  const foreign = `! -user ${owner?.uid} ( -type d -o -links 1 ) -execdir chown -h ${owner?.uid}:${owner?.gid} {} +`;
  if (owner) mustRun(["find", path, "-xdev", ...foreign.split(" ")], { env: { PATH: "/usr/bin:/bin" } });
  return { DATA_DIR: path };
}

/** Started by root, accounts may pass through the folder of the volumes; root alone changes it. */
function openVolumes(): void {
  const folder = join(DATA_DIR, VOLUMES);
  refuseOthersData(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (startedByRoot) own(folder, 0, 0, 0o711);
}

/** Moves access log and data out of the project and links to them. */
export function moveOut(): void {
  mkdirSync(LOG_DIR, { recursive: true });
  chmodSync(LOG_DIR, 0o700); // the logs name users and paths
  if (MOVED.length > 0) {
    // Root owns the folder, not the gateway: nginx opens and chowns by name as root, and the owner could place a link.
    // New files get the log exporter's group (setgid); others may pass and read nothing.
    ownFolder(ACCESS_LOG_DIR, 0o2711, account("log-exporter")?.gid);
    ownFolder(DATA_DIR, 0o711);
  }
  for (const { name, inside, outside } of MOVED) {
    move(name, inside, outside);
    removeLink(join(inside, name));
    symlinkSync(join(outside, name), join(inside, name));
  }
  openAccessLog();
}

/** Moves access log and data back into .state. */
export function moveBack(): void {
  for (const { name, inside, outside } of MOVED) {
    if (!existsSync(outside)) continue;
    removeLink(join(inside, name));
    move(name, outside, inside);
  }
  for (const folder of new Set(MOVED.map(({ outside }) => outside))) removeFolder(folder);
}
