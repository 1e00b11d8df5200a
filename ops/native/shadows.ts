// The shadow: one process of the worker whose requests it takes, under a name and a port of its own.

import type { ShadowSettings } from "../../workers/runtime/shadow/contract.ts";
import { markOf } from "../../workers/runtime/shadow/contract.ts";
import {
  SHADOW_TIMEOUT_MS,
  type Shadow,
  shadowedVersion,
  shadowName,
  type Wanted,
} from "../host/versions.ts";
import { settle, waitFor } from "../host/wait.ts";
import { UserError } from "../settings/fail.ts";
import { secretProblem, type WorkerService, workers } from "../settings/project.ts";
import { placeVersions } from "./placed.ts";
import { currentProcesses, type Process, type Running } from "./pm2.ts";
import { shadowProcess } from "./processes.ts";
import { useSample } from "./publish.ts";
import { known, remove } from "./reconcile.ts";
import { isShadow, previewReplica, replicas, shadowReplica } from "./replicas.ts";
import { inPlace } from "./roll.ts";

const READY_MS = 30_000;

const address = ({ port }: { port: number }) => `127.0.0.1:${port}`;

/** Every replica. Not the extra one of a deployment: at other times another program may have its port. */
const serversOf = (worker: WorkerService) =>
  replicas()
    .filter((one) => one.worker.name === worker.name)
    .map(address);

/** The settings of the process; undefined where one of the two versions does not run. */
function settingsOf(wanted: Wanted, shadow: Shadow): ShadowSettings | undefined {
  const [from, to] = [shadow.from, shadow.to].map((name) => workers().find((one) => one.name === name));
  const [stable, candidate] = [wanted.versions[shadow.from], shadowedVersion(wanted, shadow)];
  if (!from || !to || !stable || !candidate) return undefined;
  const { key, noise, keep, keepUntil } = shadow;
  const until = shadow.preview && wanted.previews[to.name]?.until;
  return {
    key,
    stable: { worker: from.name, version: stable, servers: serversOf(from) },
    candidate: {
      worker: to.name,
      version: candidate,
      servers: shadow.preview ? [address(previewReplica(to))] : serversOf(to),
    },
    noise,
    keep,
    keepUntil,
    timeoutMs: SHADOW_TIMEOUT_MS,
    ...(until && { until }),
  };
}

/** The wanted process; undefined without a shadow, and where one of its versions does not run. */
function wantedProcess(wanted: Wanted): Process | undefined {
  const { shadow } = wanted;
  const worker = workers().find(({ name }) => name === shadow?.from);
  const settings = shadow && settingsOf(wanted, shadow);
  return worker && settings && !secretProblem(worker)
    ? shadowProcess(shadowReplica(worker), settings)
    : undefined;
}

/** The declared process, if it runs as it is wanted. */
export function keptShadow(wanted: Wanted, list: readonly Running[]): Process[] {
  const process = wantedProcess(wanted);
  const declared = known().find(({ name }) => name === process?.name);
  const online = list.some(({ name, status }) => name === process?.name && status === "online");
  return process && online && JSON.stringify(declared) === JSON.stringify(process) ? [process] : [];
}

/**
 * Starts or replaces the wanted process. The sample is marked once it runs (publish.ts).
 * @throws UserError when it does not become ready; it is removed then.
 */
export async function startShadow(wanted: Wanted): Promise<void> {
  const { shadow } = wanted;
  const process = wantedProcess(wanted);
  useSample(undefined);
  if (!shadow || !process) return;
  if (keptShadow(wanted, await currentProcesses()).length === 0) {
    const stable = wanted.versions[shadow.from] ?? "";
    placeVersions([shadow.from], { [shadow.from]: stable });
    const instance = inPlace(process);
    try {
      await instance.start();
      await waitFor(process.name, () => instance.missing(), READY_MS);
      await settle(async () => instance.stays?.());
    } catch (error) {
      await remove(process.name);
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${process.name} failed and is removed: ${reason}`);
    }
  }
  const { from: worker, percent, path, key } = shadow;
  useSample({ worker, percent, mark: markOf(key), ...(path !== undefined && { path }) });
}

/** Removes every other shadow, once no request is marked for it. */
export async function endShadows(wanted: Wanted): Promise<void> {
  const kept = wanted.shadow ? shadowName(wanted.shadow.from) : "";
  const all = new Set([...(await currentProcesses()), ...known()].map(({ name }) => name).filter(isShadow));
  for (const name of all) if (name !== kept || !wantedProcess(wanted)) await remove(name);
}
