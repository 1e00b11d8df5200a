// make backup, make restore: volumes and files that a deployment cannot recreate, on the node that has the volumes. A
// backup holds keys and passwords, so only its owner can read it.
import { chmodSync, existsSync, mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { nodes, readPins, stackModel } from "./model.ts";
import { services } from "./services.ts";

/** Files of the machine that deploys: certificate, users, image digests. */
const FILES = ["gateway/certs", "gateway/secrets", ".state/swarm/images.json"];
const TIMEOUT_MS = 120_000;

/** Creates the folder. An existing one keeps its mode: it could be /tmp. @throws UserError when others may enter it. */
export function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if ((statSync(folder).mode & 0o077) !== 0)
    throw new UserError(
      `others may enter ${folder}: name a folder that does not exist yet, or chmod 700 it first`,
    );
}

/** Runs as root: the archive is given to the owner of the folder. */
export function saveScript(volume: string, folder: string, name: string): string {
  const file = `${folder}/${name}.tgz`;
  return `umask 077; rm -f ${file}; tar -C ${volume} -czf ${file} .; chown "$(stat -c %u:%g ${folder})" ${file}`;
}

export function restoreScript(volume: string, folder: string, name: string): string {
  return `rm -rf ${volume}/* ${volume}/.[!.]*; tar -C ${volume} -xzf ${folder}/${name}.tgz`;
}

/** Volumes on disk with the service that writes each; tmpfs volumes hold no state. */
function statefulServices(): { service: string; volume: string }[] {
  const { services: all, volumes } = stackModel();
  return Object.entries(all).flatMap(([service, { volumes: mounts = [] }]) =>
    mounts
      .filter(({ type, source = "" }) => type === "volume" && !volumes[source]?.["driver_opts"])
      .map(({ source = "" }) => ({ service, volume: volumes[source]?.name ?? source })),
  );
}

/** Scales services to 0 for a consistent copy, and back to 1 afterwards. */
async function scale(stack: string, names: string[], replicas: number): Promise<void> {
  if (names.length === 0) return;
  mustRun(["docker", "service", "scale", "--detach", ...names.map((name) => `${stack}_${name}=${replicas}`)]);
  await waitFor(
    `${names.join(", ")} to ${replicas ? "start" : "stop"}`,
    async () => {
      const now = services(stack);
      const tasks = mustRun([
        "docker",
        "ps",
        "--quiet",
        ...names.flatMap((name) => ["--filter", `name=${stack}_${name}.`]),
      ]);
      const missing = names.filter((name) => now.get(name)?.ServiceStatus.RunningTasks !== replicas);
      if (replicas === 0 && tasks !== "") return "their containers are still running";
      return missing.length > 0 ? missing.join(", ") : undefined;
    },
    TIMEOUT_MS,
  );
}

/** Runs a script in a container of the gateway's image, which every node has, with volume and folder mounted. */
function inVolume(volume: string, folder: string, script: string): void {
  const { image = "" } = stackModel().services["gateway"] ?? {};
  const mounts = [`${volume}:/volume`, `${folder}:/backup`].flatMap((each) => ["--volume", each]);
  const options = ["--rm", "--network=none", "--user=0", "--entrypoint=sh", ...mounts];
  mustRun(["docker", "run", ...options, readPins()?.[image] ?? image, "-ec", script]);
}

/** The folder's absolute path. @throws UserError when this is not the node with the state. */
function onStateNode(given: string, usage: string): string {
  if (!given) throw new UserError(`name a folder: make ${usage}=...`);
  const node = nodes().find(({ Spec }) => Spec.Labels["fortress.state"] === "true");
  if (node?.ID !== mustRun(["docker", "info", "--format", "{{.Swarm.NodeID}}"]))
    throw new UserError(
      `the state is on ${node?.Description.Hostname ?? "no node"}: run this there, as a manager`,
    );
  return resolve(given);
}

/** Runs a script for each volume that `wanted` names, while the services that write them are stopped. */
async function forEachVolume(
  folder: string,
  script: typeof saveScript,
  done: string,
  wanted: (volume: string) => boolean = () => true,
): Promise<void> {
  const { name: stack } = stackModel();
  const deployed = services(stack);
  const kept = statefulServices().filter(({ volume }) => wanted(volume));
  const names = kept.map(({ service }) => service).filter((name) => deployed.has(name));
  await scale(stack, names, 0);
  try {
    for (const { volume } of kept) {
      inVolume(volume, folder, script("/volume", "/backup", volume));
      console.log(`${done}: ${volume}`);
    }
  } finally {
    await scale(stack, names, 1);
  }
}

export async function backup(to: string): Promise<void> {
  const folder = onStateNode(to, "backup TO");
  privateFolder(folder);
  const files = join(folder, "files.tgz");
  mustRun(["tar", "-C", ROOT, "-czf", files, ...FILES.filter((file) => existsSync(join(ROOT, file)))]);
  chmodSync(files, 0o600);
  await forEachVolume(folder, saveScript, "saved");
  console.log(`saved: the certificate, the users and the list of images; all in ${folder}`);
}

export async function restore(from: string): Promise<void> {
  const folder = onStateNode(from, "restore FROM");
  const files = join(folder, "files.tgz");
  if (!existsSync(files)) throw new UserError(`${folder} is no backup: it has no files.tgz`);
  mustRun(["tar", "-C", ROOT, "-xzf", files]);
  await forEachVolume(folder, restoreScript, "restored", (volume) =>
    existsSync(join(folder, `${volume}.tgz`)),
  );
  console.log("restored; now: make deploy RUNTIME=swarm");
}
