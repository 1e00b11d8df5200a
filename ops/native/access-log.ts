import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { run } from "../lib/run.ts";
import { ACCESS_LOG, LOG_DIR } from "./paths.ts";

const LINK = join(LOG_DIR, basename(ACCESS_LOG));

/** Moves the access log and what was rotated out of it; the folders may lie on different file systems. */
function move(from: string, to: string): void {
  const files = existsSync(from)
    ? readdirSync(from).filter((name) => name.startsWith(basename(ACCESS_LOG)))
    : [];
  for (const name of files.filter((each) => lstatSync(join(from, each)).isFile()))
    run(["mv", "-f", join(from, name), join(to, name)]);
}

/** Puts the access log where nginx's own user can open it anew, and a link to it beside the other logs. */
export function placeAccessLog(): void {
  mkdirSync(LOG_DIR, { recursive: true });
  chmodSync(LOG_DIR, 0o700); // names of users, addresses, and in Alertmanager's the URL of a webhook that failed
  if (ACCESS_LOG === LINK) return;
  mkdirSync(dirname(ACCESS_LOG), { recursive: true });
  move(LOG_DIR, dirname(ACCESS_LOG));
  rmSync(LINK, { force: true });
  symlinkSync(ACCESS_LOG, LINK);
}

/** After the stop nothing of the project lies outside it: the log comes home. */
export function bringAccessLogHome(): void {
  if (ACCESS_LOG === LINK || !existsSync(dirname(ACCESS_LOG))) return;
  rmSync(LINK, { force: true });
  move(dirname(ACCESS_LOG), LOG_DIR);
  rmSync(dirname(ACCESS_LOG), { recursive: true, force: true });
}
