// Volumes of containers on disk, and scripts that save and restore them.
import { workers } from "../../settings/project.ts";
import { restoreScript, saveScript } from "../backup.ts";
import { mustRun } from "../run.ts";
import { WORKER_UID } from "./worker-secrets.ts";

interface ComposeModel {
  services: Record<string, { volumes?: { type: string; source?: string; read_only?: boolean }[] }>;
  volumes?: Record<string, { name?: string; [key: string]: unknown }>;
}

export interface Volume {
  /** Its key in compose.yaml. */
  key: string;
  /** Its name in the engine. */
  name: string;
  /** The services that write it. */
  services: string[];
}

/** Volumes on disk; tmpfs volumes hold no state. */
export function diskVolumes({ services, volumes = {} }: ComposeModel): Volume[] {
  const onDisk = Object.entries(volumes).filter(([, volume]) => !volume["driver_opts"]);
  return onDisk.flatMap(([key, { name = key }]) => {
    const writers = Object.entries(services).filter(([, { volumes: mounts = [] }]) =>
      mounts.some(({ type, source, read_only }) => type === "volume" && source === key && !read_only),
    );
    return writers.length > 0 ? [{ key, name, services: writers.map(([service]) => service) }] : [];
  });
}

/** Replaces the content of a volume. A worker's data gets its owner in containers: natively it belonged to another account. */
export function restoreVolumeScript({ key, name }: Volume): string {
  const script = restoreScript("/volume", "/backup", name);
  const ofWorker = workers().some(({ data }) => data === key);
  return ofWorker ? `${script}; chown -R ${WORKER_UID}:${WORKER_UID} /volume` : script;
}

export function saveVolumeScript({ name }: Volume): string {
  return saveScript("/volume", "/backup", name);
}

/** Runs a script as root in a container of an image with a shell: the volume is /volume, the folder /backup. */
export function runWithVolume(image: string, volume: string, folder: string, script: string): void {
  const mounts = [`${volume}:/volume`, `${folder}:/backup`].flatMap((each) => ["--volume", each]);
  const options = ["--rm", "--network=none", "--user=0", "--entrypoint=sh", ...mounts];
  mustRun(["docker", "run", ...options, image, "-ec", script]);
}
