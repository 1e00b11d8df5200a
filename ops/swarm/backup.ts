// make backup, make restore: the files of the checkout, and the volumes on the node that has them.
import {
  backupFolder,
  beginBackup,
  checkBackup,
  hasArchive,
  restoreFiles,
  saveFiles,
} from "../host/backup.ts";
import {
  diskVolumes,
  restoreVolumeScript,
  runWithVolume,
  saveVolumeScript,
  type Volume,
} from "../host/docker/volumes.ts";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { nodes, readPins, stackModel } from "./model.ts";
import { services } from "./services.ts";

const TIMEOUT_MS = 120_000;

/** Scales each service to this number of replicas and waits until it has them. */
async function scale(stack: string, replicas: ReadonlyMap<string, number>): Promise<void> {
  if (replicas.size === 0) return;
  const names = [...replicas.keys()];
  const wanted = [...replicas].map(([name, count]) => `${stack}_${name}=${count}`);
  mustRun(["docker", "service", "scale", "--detach", ...wanted]);
  const stopping = names.filter((name) => replicas.get(name) === 0);
  const filters = stopping.flatMap((name) => ["--filter", `name=${stack}_${name}.`]);
  await waitFor(
    `${names.join(", ")} to ${stopping.length > 0 ? "stop" : "start"}`,
    async () => {
      const now = services(stack);
      const missing = names.filter(
        (name) => now.get(name)?.ServiceStatus.RunningTasks !== replicas.get(name),
      );
      if (stopping.length > 0 && mustRun(["docker", "ps", "--quiet", ...filters]) !== "")
        return "their containers are still running";
      return missing.length > 0 ? missing.join(", ") : undefined;
    },
    TIMEOUT_MS,
  );
}

/** The image of the gateway, which every node has. */
function shellImage(): string {
  const { image = "" } = stackModel().services["gateway"] ?? {};
  return readPins()?.[image] ?? image;
}

/** @throws UserError when this is not the node with the state. */
function refuseOtherNode(): void {
  const node = nodes().find(({ Spec }) => Spec.Labels["fortress.state"] === "true");
  if (node?.ID !== mustRun(["docker", "info", "--format", "{{.Swarm.NodeID}}"]))
    throw new UserError(
      `the state is on ${node?.Description.Hostname ?? "no node"}: run this there, as a manager`,
    );
}

/** For consistent copies the services that write the volumes are scaled to 0, and back to their own numbers. */
async function forEachVolume(
  folder: string,
  script: (volume: Volume) => string,
  done: string,
  wanted: (volume: string) => boolean = () => true,
): Promise<void> {
  const model = stackModel();
  const image = shellImage();
  const deployed = services(model.name);
  const volumes = diskVolumes(model).filter(({ name }) => wanted(name));
  const writers = [...new Set(volumes.flatMap((volume) => volume.services))];
  const before = new Map(
    writers.flatMap((name): [string, number][] => {
      const service = deployed.get(name);
      return service ? [[name, service.ServiceStatus.DesiredTasks]] : [];
    }),
  );
  await scale(model.name, new Map([...before.keys()].map((name) => [name, 0])));
  try {
    for (const volume of volumes) {
      runWithVolume(image, volume.name, folder, script(volume));
      console.log(`${done}: ${volume.name}`);
    }
  } finally {
    await scale(model.name, before);
  }
}

export async function backup(to: string): Promise<void> {
  const folder = backupFolder(to, "backup TO");
  refuseOtherNode();
  beginBackup(folder);
  await forEachVolume(folder, saveVolumeScript, "saved");
  saveFiles(folder);
  console.log(`saved: the certificate, the users, the secrets and the list of images; all in ${folder}`);
}

export async function restore(from: string): Promise<void> {
  const folder = backupFolder(from, "restore FROM");
  refuseOtherNode();
  const saved = diskVolumes(stackModel()).flatMap(({ name }) => (hasArchive(folder, name) ? [name] : []));
  checkBackup(folder, saved);
  restoreFiles(folder);
  await forEachVolume(folder, restoreVolumeScript, "restored", (volume) => saved.includes(volume));
  console.log("restored; now: make deploy RUNTIME=swarm");
}
