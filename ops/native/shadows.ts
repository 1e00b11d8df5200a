// The shadow: one process of the worker whose requests it takes, under a name and a port of its own.

import { sampleOf, shadowSettings } from "../host/shadow-settings.ts";
import { shadowName, type Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { secretProblem, workers } from "../settings/project.ts";
import { placeVersions } from "./placed.ts";
import { currentProcesses, type Process, type Running } from "./pm2.ts";
import { shadowProcess } from "./processes.ts";
import { useSample } from "./publish.ts";
import { known, remove } from "./reconcile.ts";
import { isShadow, previewReplica, replicas, shadowReplica } from "./replicas.ts";
import { startInPlace } from "./roll.ts";

const address = ({ port }: { port: number }) => `127.0.0.1:${port}`;

const workerNamed = (name = "") => workers().find((one) => one.name === name);

/** Every replica. Not the extra one of a deployment: at other times another program may have its port. */
function servers(name: string, isPreview: boolean): string[] {
  const worker = workerNamed(name);
  if (worker && isPreview) return [address(previewReplica(worker))];
  return replicas()
    .filter((one) => one.worker.name === name)
    .map(address);
}

/** The wanted process; undefined without a shadow, and where one of its versions does not run. */
function wantedProcess(wanted: Wanted): Process | undefined {
  const worker = workerNamed(wanted.shadow?.from);
  const settings = shadowSettings(wanted, servers);
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
    try {
      await startInPlace(process);
    } catch (error) {
      await remove(process.name);
      const reason = error instanceof Error ? error.message : String(error);
      throw new UserError(`${process.name} failed and is removed: ${reason}`);
    }
  }
  useSample(sampleOf(shadow));
}

/** Removes every other shadow, once no request is marked for it. */
export async function endShadows(wanted: Wanted): Promise<void> {
  const kept = wanted.shadow ? shadowName(wanted.shadow.from) : "";
  const all = new Set([...(await currentProcesses()), ...known()].map(({ name }) => name).filter(isShadow));
  for (const name of all) if (name !== kept || !wantedProcess(wanted)) await remove(name);
}
