// make backup, make restore: the files of the checkout, and each data folder while the replicas that write it are stopped.
// The archives have the names of the volumes in containers, so either runtime restores them.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  backupFolder,
  hasArchive,
  restoreFiles,
  restoreScript,
  saveFiles,
  saveScript,
  type VolumeScript,
} from "../host/backup.ts";
import { httpFailure } from "../host/ready.ts";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { compose, workers } from "../settings/project.ts";
import { STATE_DIR } from "./paths.ts";
import { pm2, running } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { volumeVariable } from "./storage.ts";

const TIMEOUT_MS = 30_000;
/** The folder itself, or a link to it while the project runs. */
const VOLUMES = join(STATE_DIR, "data");
const archive = (volume: string) => `${compose.name ?? "fortress"}_${volume}`;

/** The running replicas of the worker with this volume. */
function writers(volume: string): string[] {
  const owners = workers().filter(({ data }) => data === volume);
  const online = running().filter(({ status }) => status === "online");
  return online
    .map(({ name }) => name)
    .filter((name) => owners.some((owner) => owner.name === name.replace(/-(\d+|next)$/, "")));
}

async function notReady(names: string[]): Promise<string | undefined> {
  for (const { name, env } of known().filter((each) => names.includes(each.name))) {
    const failure = await httpFailure(`http://127.0.0.1:${env["PORT"]}/readyz`);
    if (failure) return `${name}: ${failure}`;
  }
  return undefined;
}

/** Runs a script for each volume while its replicas are stopped. */
async function forEachVolume(folder: string, script: VolumeScript, done: string, volumes: string[]) {
  for (const volume of volumes) {
    const stopped = writers(volume);
    const path = join(VOLUMES, volume);
    try {
      if (stopped.length > 0) pm2(["stop", ...stopped]);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      mustRun(["sh", "-ec", script(path, folder, archive(volume))]);
      // Gives restored files to the account of the worker; otherwise the next start does.
      const owner = workers().find(({ data }) => data === volume);
      if (owner && stopped.length > 0) volumeVariable(owner);
      console.log(`${done}: ${archive(volume)}`);
    } finally {
      if (stopped.length > 0) pm2(["restart", ...stopped]);
    }
    await waitFor(stopped.join(", "), () => notReady(stopped), TIMEOUT_MS);
  }
}

export async function backup(to: string): Promise<void> {
  const folder = backupFolder(to, "backup TO");
  saveFiles(folder);
  await forEachVolume(folder, saveScript, "saved", existsSync(VOLUMES) ? readdirSync(VOLUMES).sort() : []);
  console.log(`saved: the certificate, the users and the secrets; all in ${folder}`);
}

export async function restore(from: string): Promise<void> {
  const folder = backupFolder(from, "restore FROM");
  restoreFiles(folder);
  const volumes = workers().flatMap(({ data }) => (data && hasArchive(folder, archive(data)) ? [data] : []));
  await forEachVolume(folder, restoreScript, "restored", volumes);
  console.log("restored; now: make start-project");
}
