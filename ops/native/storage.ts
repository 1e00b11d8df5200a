// Access log and data while the project runs. Started by root, they are outside the project, where other accounts can
// write them, and move back into .state on stop. Otherwise they stay in .state.
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { runScript } from "../host/backup.ts";
import { mustRun } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import type { WorkerService } from "../settings/project.ts";
import { account, asOwner, startedByRoot, workerPart } from "./accounts.ts";
import { ownFolder, removeFolder } from "./folders.ts";
import { ACCESS_LOG, ACCESS_LOG_DIR, DATA_DIR, LOG_DIR, METRICS_LOG, STATE_DIR } from "./paths.ts";

/** A file or folder, and those with its name and a suffix: `access.log`, `access.log.1`. */
interface Moved {
  name: string;
  inside: string;
  outside: string;
}

type Owner = { uid: number; gid: number };

/** Exists once make dev ran workers as root, which may write files into their volumes, until the next stop. */
const WRITTEN_BY_ROOT = join(STATE_DIR, "native/volumes-written-by-root");
/** The folder of the workers' volumes. */
const VOLUMES = "data";
/** The folder of the previews' data. */
const PREVIEWS = "preview-data";
/** The folder of a canary's share and state. */
export const CANARY = "canary";
const DATA = [
  VOLUMES,
  PREVIEWS,
  CANARY,
  "prometheus",
  "alertmanager",
  ...(Bun.which("grafana-server") ? ["grafana"] : []),
];
const MOVED: Moved[] = [
  ...[ACCESS_LOG, METRICS_LOG].map((log) => ({
    name: basename(log),
    inside: LOG_DIR,
    outside: ACCESS_LOG_DIR,
  })),
  ...DATA.map((name) => ({ name, inside: STATE_DIR, outside: DATA_DIR })),
].filter(({ inside, outside }) => inside !== outside);

function removeLink(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) rmSync(path);
}

/**
 * A rename, or a copy where the folders lie on different file systems. What is in the folder of an account is copied as
 * that account, which could swap a folder for a link while root copies it.
 */
export function moveEntry(from: string, to: string, rename: typeof renameSync = renameSync): void {
  try {
    rename(from, to);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
  }
  const { uid, gid, mode } = lstatSync(from);
  if (!lstatSync(from).isDirectory() || !startedByRoot) {
    mustRun(["mv", "-fT", from, to]);
    return;
  }
  mkdirSync(to, { recursive: true, mode: 0o700 });
  if (uid === 0) for (const each of readdirSync(from)) moveEntry(join(from, each), join(to, each), rename);
  own(to, uid, gid, mode & 0o7777);
  if (uid !== 0) {
    const as = asOwner({ uid, gid }).join(" ");
    const copy = `cd '${from}'; ${as} tar -c . | { cd '${to}'; ${as} tar -xp; }; ${as} chmod -R u+rwX .; ${as} find . -mindepth 1 -delete`;
    runScript(from, ["bash", "-o", "pipefail", "-ec", copy]);
  }
  rmdirSync(from);
}

/** An entry and those with its name and a suffix. */
function move(name: string, from: string, to: string): void {
  const files = existsSync(from)
    ? readdirSync(from).filter((each) => each === name || each.startsWith(`${name}.`))
    : [];
  for (const file of files.filter((each) => !lstatSync(join(from, each)).isSymbolicLink()))
    moveEntry(join(from, file), join(to, file));
}

function own(path: string, uid: number, gid: number, mode: number): void {
  chownSync(path, uid, gid);
  chmodSync(path, mode);
}

/** The gateway writes its logs, the log exporter reads one; they are closed to others. */
function openLogs(): void {
  for (const log of [ACCESS_LOG, METRICS_LOG]) closeSync(openSync(log, "a", 0o640));
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

const entries = (folder: string) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** The volumes of present and removed workers. */
export const volumes = () => entries(join(DATA_DIR, VOLUMES));

/** Where the data of a preview is, which ends with it. */
export const previewFolder = (preview: string) => join(DATA_DIR, PREVIEWS, preview);

/** The previews that have data. */
export const previewsWithData = () => entries(join(DATA_DIR, PREVIEWS));

/** Removes what is in a folder, and the folder. What cannot be removed is a warning. */
export function removeData(path: string): void {
  try {
    // As the owner: a replica of the same account could swap a folder for a link while root removes what is below.
    const as = asOwner(lstatSync(path)).join(" ");
    const open = `${as} chmod -R u+rwX . 2>&1 || :`; // a folder may be closed to its owner
    runScript(path, ["sh", "-ec", `cd '${path}'; ${open}; ${as} find . -mindepth 1 -delete`]);
    rmdirSync(path);
  } catch (error) {
    console.error(`warning: cannot remove the data of a preview: ${(error as Error).message}`);
  }
}

/** Removes the data of previews other than these. */
export function removePreviewData(wanted: readonly string[]): void {
  for (const name of previewsWithData()) if (!wanted.includes(name)) removeData(previewFolder(name));
}

/** The variable with the data folder of a worker, or of its preview, for its account alone; empty where it has none. */
export function volumeVariable(
  { name, data }: Pick<WorkerService, "name" | "data">,
  preview?: string,
): Record<string, string> {
  if (data === undefined) return { DATA_DIR: "" };
  const [path, owner] = [preview ? previewFolder(preview) : volumeFolder(data), account(workerPart(name))];
  openFolder(dirname(path));
  refuseOthersData(path);
  if (startedByRoot && process.env["WATCH"]) {
    mkdirSync(dirname(WRITTEN_BY_ROOT), { recursive: true });
    writeFileSync(WRITTEN_BY_ROOT, "");
  }
  giveVolume(path, owner);
  return { DATA_DIR: path };
}

/** Creates a volume, or gives it and what its former owner wrote to an owner. */
export function giveVolume(path: string, owner?: Owner, rootWrote = existsSync(WRITTEN_BY_ROOT)): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  chmodSync(path, 0o700);
  if (!owner || !startedByRoot) return;
  const former = new Set([lstatSync(path).uid, ...(rootWrote ? [0] : [])]);
  former.delete(owner.uid);
  if (former.size > 0) give(path, owner, former);
}

/**
 * Gives the folders and files of former owners to another. Opened without following links, below the open folder, and not
 * when a file has a second name: whatever the new owner does meanwhile, no file elsewhere changes its owner.
 */
function give(path: string, owner: Owner, former: ReadonlySet<number>): void {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return; // a link, a socket, or removed meanwhile
  }
  try {
    const found = fstatSync(fd);
    const here = `/proc/self/fd/${fd}`;
    if (found.isDirectory()) for (const name of readdirSync(here)) give(join(here, name), owner, former);
    const safe = found.isDirectory() || (found.isFile() && found.nlink === 1);
    if (safe && former.has(found.uid)) fchownSync(fd, owner.uid, owner.gid);
  } finally {
    closeSync(fd);
  }
}

/** Started by root, accounts may pass through a folder of data folders; root alone changes it. */
function openFolder(folder: string): void {
  refuseOthersData(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (startedByRoot) own(folder, 0, 0, 0o711);
}

/** Moves the gateway's logs and data out of the project and links to them. */
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
  openLogs();
}

/** Moves the gateway's logs and data back into .state. */
export function moveBack(): void {
  if (existsSync(WRITTEN_BY_ROOT))
    for (const path of volumes().map(volumeFolder)) giveVolume(path, lstatSync(path));
  rmSync(WRITTEN_BY_ROOT, { force: true });
  for (const { name, inside, outside } of MOVED) {
    if (!existsSync(outside)) continue;
    mkdirSync(inside, { recursive: true, mode: 0o700 }); // somebody may have removed .state meanwhile
    removeLink(join(inside, name));
    move(name, outside, inside);
  }
  for (const folder of new Set(MOVED.map(({ outside }) => outside))) removeFolder(folder);
}
