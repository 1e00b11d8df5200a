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
import { reachable } from "../host/ready.ts";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { compose, workers } from "../settings/project.ts";
import { STATE_DIR } from "./paths.ts";
import { pm2, running } from "./pm2.ts";
import { volumeVariable } from "./storage.ts";

const TIMEOUT_MS = 30_000;
/** The folder itself, or a link to it while the project runs. */
const VOLUMES = join(STATE_DIR, "data");
const archive = (volume: string) => `${compose.name ?? "fortress"}_${volume}`;

/** The running replicas of a worker. */
function replicasOf(worker: string): string[] {
  const online = running().filter(({ status }) => status === "online");
  return online.map(({ name }) => name).filter((name) => name.replace(/-(\d+|next)$/, "") === worker);
}

/** Runs a script for each volume while its replicas are stopped. */
async function forEachVolume(folder: string, script: VolumeScript, done: string, volumes: string[]) {
  for (const volume of volumes) {
    const owner = workers().find(({ data }) => data === volume); // none: the volume of a removed worker
    const stopped = owner ? replicasOf(owner.name) : [];
    const path = join(VOLUMES, volume);
    try {
      if (stopped.length > 0) pm2(["stop", ...stopped]);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      mustRun(["sh", "-ec", script(path, folder, archive(volume))]);
      // Gives restored files to the account of the worker; otherwise the next start does.
      if (owner && stopped.length > 0) volumeVariable(owner);
      console.log(`${done}: ${archive(volume)}`);
    } finally {
      if (stopped.length > 0) pm2(["restart", ...stopped]);
    }
    if (owner && stopped.length > 0) await waitFor(owner.name, reachable(owner.name).missing, TIMEOUT_MS);
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
