// make backup, make restore: the files of the checkout and every volume on disk, each copied while the containers that
// write it are stopped.
import {
  backupFolder,
  beginBackup,
  checkBackup,
  hasArchive,
  restoreFiles,
  saveFiles,
} from "../host/backup.ts";
import { config } from "../host/docker/engine.ts";
import { build } from "../host/docker/images.ts";
import {
  diskVolumes,
  restoreVolumeScript,
  runWithVolume,
  saveVolumeScript,
  type Volume,
} from "../host/docker/volumes.ts";
import { untilReachable } from "../host/ready.ts";
import { mustRun, run } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { workers } from "../settings/project.ts";
import { containers, inspect } from "./containers.ts";

const TIMEOUT_MS = 60_000;

/** The ids of the running containers that write a volume. */
function writers({ services }: Volume): string[] {
  const found = inspect(services.flatMap((service) => containers(service)));
  return found.filter(({ State }) => State.Running).map(({ Id }) => Id);
}

/** A container without a healthcheck counts as healthy. */
function unhealthy(ids: string[]): string | undefined {
  const bad = inspect(ids).find(({ State }) => (State.Health?.Status ?? "healthy") !== "healthy");
  return bad && `${bad.Name.slice(1)} is ${bad.State.Health?.Status}`;
}

const exists = ({ name }: Volume) => run(["docker", "volume", "inspect", name]).ok;

/** Creates a missing volume with the labels by which Compose knows its own. */
function ensureVolume(volume: Volume, project: string): void {
  if (exists(volume)) return;
  const { key, name } = volume;
  const labels = [`project=${project}`, `volume=${key}`];
  mustRun([
    ...["docker", "volume", "create"],
    ...labels.flatMap((each) => ["--label", `com.docker.compose.${each}`]),
    name,
  ]);
}

/** Runs a script for each volume while its containers are stopped; then the same containers start again. */
async function forEachVolume(
  folder: string,
  script: (volume: Volume) => string,
  done: string,
  volumes: Volume[],
): Promise<void> {
  const { name: project, services } = config();
  const { image = "" } = services["gateway"] ?? {};
  if (!run(["docker", "image", "inspect", image]).ok) build(["gateway"]); // on a new machine
  for (const volume of volumes) {
    const stopped = writers(volume);
    try {
      if (stopped.length > 0) mustRun(["docker", "stop", ...stopped]);
      ensureVolume(volume, project);
      runWithVolume(image, volume.name, folder, script(volume));
      console.log(`${done}: ${volume.name}`);
    } finally {
      if (stopped.length > 0) mustRun(["docker", "start", ...stopped]);
    }
    await waitFor(volume.services.join(", "), async () => unhealthy(stopped), TIMEOUT_MS);
    const restarted = workers().filter(({ name }) => stopped.length > 0 && volume.services.includes(name));
    for (const { name } of restarted) await untilReachable(name);
  }
}

export async function backup(to: string): Promise<void> {
  const folder = backupFolder(to, "backup TO");
  beginBackup(folder);
  await forEachVolume(folder, saveVolumeScript, "saved", diskVolumes(config()).filter(exists));
  saveFiles(folder);
  console.log(`saved: the certificate, the users and the secrets; all in ${folder}`);
}

export async function restore(from: string): Promise<void> {
  const folder = backupFolder(from, "restore FROM");
  const saved = diskVolumes(config()).filter(({ name }) => hasArchive(folder, name));
  checkBackup(
    folder,
    saved.map(({ name }) => name),
  );
  restoreFiles(folder);
  await forEachVolume(folder, restoreVolumeScript, "restored", saved);
  console.log("restored; now: make start-project");
}
