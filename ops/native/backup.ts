// make backup, make restore: the files of the checkout, and each data folder while the replicas that write it are stopped.
// The archives have the names of the volumes in containers, so either runtime restores them.
import { existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  backupFolder,
  beginBackup,
  checkBackup,
  hasArchive,
  restoreFiles,
  restoreScript,
  runScript,
  saveFiles,
  saveScript,
  type VolumeScript,
} from "../host/backup.ts";
import { untilReachable } from "../host/ready.ts";
import { waitFor } from "../host/wait.ts";
import { compose, workers } from "../settings/project.ts";
import { asOwner } from "./accounts.ts";
import { STATE_DIR } from "./paths.ts";
import { currentProcesses, pm2 } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { workerOf } from "./replicas.ts";
import { notReady } from "./sockets.ts";
import { giveVolume } from "./storage.ts";

const TIMEOUT_MS = 30_000;
/** The folder itself, or a link to it while the project runs. */
const VOLUMES = join(STATE_DIR, "data");
const archive = (volume: string) => `${compose.name ?? "fortress"}_${volume}`;

/** The running replicas of a worker, and its preview, which may share its data. */
async function replicasOf(worker: string): Promise<string[]> {
  const online = (await currentProcesses()).filter(({ status }) => status === "online");
  return online.map(({ name }) => name).filter((name) => workerOf(name) === worker);
}

/**
 * Runs a script for each volume while its replicas are stopped, as the owner of the volume: a process of its account could
 * swap a folder for a link while root works in it.
 */
async function forEachVolume(folder: string, script: VolumeScript, done: string, volumes: string[]) {
  for (const volume of volumes) {
    const owner = workers().find(({ data }) => data === volume); // none: the volume of a removed worker
    const stopped = owner ? await replicasOf(owner.name) : [];
    const path = join(VOLUMES, volume);
    try {
      if (stopped.length > 0) pm2(["stop", ...stopped]);
      mkdirSync(path, { recursive: true, mode: 0o700 });
      const { uid, gid } = lstatSync(path); // of a new one it is root until the next start
      giveVolume(path, { uid, gid });
      runScript(path, ["sh", "-ec", script(path, folder, archive(volume), asOwner({ uid, gid }))]);
      console.log(`${done}: ${archive(volume)}`);
    } finally {
      if (stopped.length > 0) pm2(["restart", ...stopped]);
    }
    for (const process of known().filter(({ name }) => stopped.includes(name)))
      await waitFor(process.name, () => notReady(process), TIMEOUT_MS);
    if (owner && stopped.length > 0) await untilReachable(owner.name);
  }
}

export async function backup(to: string): Promise<void> {
  const folder = backupFolder(to, "backup TO");
  beginBackup(folder);
  await forEachVolume(folder, saveScript, "saved", existsSync(VOLUMES) ? readdirSync(VOLUMES).sort() : []);
  saveFiles(folder);
  console.log(`saved: the certificate, the users and the secrets; all in ${folder}`);
}

export async function restore(from: string): Promise<void> {
  const folder = backupFolder(from, "restore FROM");
  const volumes = workers().flatMap(({ data }) => (data && hasArchive(folder, archive(data)) ? [data] : []));
  checkBackup(folder, volumes.map(archive));
  restoreFiles(folder);
  await forEachVolume(folder, restoreScript, "restored", volumes);
  console.log("restored; now: make start-project");
}
