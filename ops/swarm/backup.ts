// make stack-backup TO=folder, make stack-restore FROM=folder: what a swarm cannot make again, on the node that keeps it.
import { chmodSync, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { mustRun } from "../host/run.ts";
import { waitFor } from "../host/wait.ts";
import { main, UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { privateFolder, restoreScript, saveScript } from "./archive.ts";
import { nodes, readPins, stackModel } from "./model.ts";
import { services } from "./services.ts";

/** What the machine you deploy from knows: certificate, users, and which images run. */
const FILES = ["gateway/certs", "gateway/secrets", ".state/swarm/images.json"];
const TIMEOUT_MS = 120_000;
const [action = "", given = ""] = process.argv.slice(2);
const save = action === "save";

/** Volumes on a disk, with the service that writes each. Tmpfs volumes are no state. */
function keepers(): { service: string; volume: string }[] {
  const { services: all, volumes } = stackModel();
  return Object.entries(all).flatMap(([service, { volumes: mounts = [] }]) =>
    mounts
      .filter(({ type, source = "" }) => type === "volume" && !volumes[source]?.["driver_opts"])
      .map(({ source = "" }) => ({ service, volume: volumes[source]?.name ?? source })),
  );
}

/** Nothing may write while it is copied: swarm stops these services, and starts them again as many as they were. */
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
      if (replicas === 0 && tasks !== "") return "their containers still run";
      return missing.length > 0 ? missing.join(", ") : undefined;
    },
    TIMEOUT_MS,
  );
}

/** A shell with the volume and the folder, in a container of the image that runs on every node anyway. */
function inVolume(volume: string, folder: string, script: string): void {
  const { image = "" } = stackModel().services["gateway"] ?? {};
  const mounts = [`${volume}:/volume`, `${folder}:/backup`].flatMap((each) => ["--volume", each]);
  const options = ["--rm", "--network=none", "--user=0", "--entrypoint=sh", ...mounts];
  mustRun(["docker", "run", ...options, readPins()?.[image] ?? image, "-ec", script]);
}

await main(async () => {
  if (!given)
    throw new UserError(`name a folder: make ${save ? "stack-backup TO" : "stack-restore FROM"}=...`);
  const folder = resolve(given);
  const keeper = nodes().find(({ Spec }) => Spec.Labels["fortress.state"] === "true");
  if (keeper?.ID !== mustRun(["docker", "info", "--format", "{{.Swarm.NodeID}}"]))
    throw new UserError(
      `the state is on ${keeper?.Description.Hostname ?? "no node"}: run this there, as a manager`,
    );

  const files = join(folder, "files.tgz");
  if (save) {
    privateFolder(folder);
    const present = FILES.filter((file) => existsSync(join(ROOT, file)));
    mustRun(["tar", "-C", ROOT, "-czf", files, ...present]);
    chmodSync(files, 0o600);
  } else if (existsSync(files)) mustRun(["tar", "-C", ROOT, "-xzf", files]);
  else throw new UserError(`${folder} is no backup: it has no files.tgz`);

  const { name: stack } = stackModel();
  const deployed = services(stack);
  const kept = keepers().filter(({ volume }) => save || existsSync(join(folder, `${volume}.tgz`)));
  const names = kept.map(({ service }) => service).filter((name) => deployed.has(name));
  await scale(stack, names, 0);
  try {
    for (const { volume } of kept) {
      inVolume(volume, folder, (save ? saveScript : restoreScript)("/volume", "/backup", volume));
      console.log(`${save ? "saved" : "restored"}: ${volume}`);
    }
  } finally {
    await scale(stack, names, 1);
  }
  console.log(
    save
      ? `saved: the certificate, the users and the list of images; all in ${folder}`
      : "restored; now: make stack-deploy",
  );
});
