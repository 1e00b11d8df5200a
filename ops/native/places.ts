// What other accounts write while the project runs lies outside it, where they can get; after a stop it is back in
// .state, so that nothing of the project is left elsewhere. Not started by root, it stays in .state.
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
import { account } from "./accounts.ts";
import { ownFolder, removeFolder } from "./folders.ts";
import { ACCESS_LOG, ACCESS_LOG_DIR, DATA_DIR, LOG_DIR, STATE_DIR } from "./paths.ts";

/** A file or folder, with what has its name and a suffix: `access.log` and what was rotated out of it. */
interface Place {
  name: string;
  home: string;
  away: string;
}

const DATA = ["prometheus", "alertmanager", ...(Bun.which("grafana-server") ? ["grafana"] : [])];
const PLACES: Place[] = [
  { name: "access.log", home: LOG_DIR, away: ACCESS_LOG_DIR },
  ...DATA.map((name) => ({ name, home: STATE_DIR, away: DATA_DIR })),
].filter(({ home, away }) => home !== away);

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

/** The gateway writes the access log and the log exporter reads it; nobody else may. */
function openAccessLog(): void {
  closeSync(openSync(ACCESS_LOG, "a", 0o640));
  const [gateway, reader] = [account("gateway"), account("log-exporter")];
  if (!gateway || !reader) return;
  for (const file of readdirSync(ACCESS_LOG_DIR))
    own(join(ACCESS_LOG_DIR, file), gateway.uid, reader.gid, 0o640);
}

/** Where a program keeps its data while it runs; the folder is its account's alone. */
export function dataFolder(name: string): string {
  const [path, owner] = [join(DATA_DIR, name), account(name)];
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (owner && lstatSync(path).uid !== owner.uid)
    mustRun(["chown", "-Rh", `${owner.uid}:${owner.gid}`, path]);
  chmodSync(path, 0o700);
  return path;
}

/** Puts everything where those who write it can get, and a link to it in its place. */
export function moveOut(): void {
  mkdirSync(LOG_DIR, { recursive: true });
  chmodSync(LOG_DIR, 0o700); // who asked for what
  if (PLACES.length > 0) {
    // The folder is root's, not the gateway's: nginx opens and chowns by name as root, and who owns a folder can put
    // a link there. What is made in it belongs to the log exporter's group; others may pass, and read nothing.
    ownFolder(ACCESS_LOG_DIR, 0o2711, account("log-exporter")?.gid);
    ownFolder(DATA_DIR, 0o711);
  }
  for (const { name, home, away } of PLACES) {
    move(name, home, away);
    removeLink(join(home, name));
    symlinkSync(join(away, name), join(home, name));
  }
  openAccessLog();
}

export function bringHome(): void {
  for (const { name, home, away } of PLACES) {
    if (!existsSync(away)) continue;
    removeLink(join(home, name));
    move(name, away, home);
  }
  for (const folder of new Set(PLACES.map(({ away }) => away))) removeFolder(folder);
}
