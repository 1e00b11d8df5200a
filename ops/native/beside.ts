// Processes beside the replicas, of the worker that they watch: a shadow and a canary.
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { placeVersions } from "./placed.ts";
import { currentProcesses, type Process, type Running } from "./pm2.ts";
import { known, remove } from "./reconcile.ts";
import { previewReplica, type Replica, replicas } from "./replicas.ts";
import { startInPlace } from "./roll.ts";

export const workerNamed = (name = "") => workers().find((one) => one.name === name);

/**
 * A worker's preview, or every replica. Not the extra one of a deployment: at other times another program may have its
 * port.
 */
export function answering(name: string, isPreview: boolean): Replica[] {
  const worker = workerNamed(name);
  return worker && isPreview
    ? [previewReplica(worker)]
    : replicas().filter((one) => one.worker.name === name);
}

/** The process, if it is declared and runs as it is wanted. */
export function ifKept(process: Process | undefined, list: readonly Running[]): Process[] {
  const declared = known().find(({ name }) => name === process?.name);
  const online = list.some(({ name, status }) => name === process?.name && status === "online");
  return process && online && JSON.stringify(declared) === JSON.stringify(process) ? [process] : [];
}

/** Starts or replaces the process, of this version of the worker. @throws UserError when it does not become ready; it is removed then. */
export async function startBeside(process: Process, worker: string, version: string): Promise<void> {
  if (ifKept(process, await currentProcesses()).length > 0) return;
  placeVersions([worker], { [worker]: version });
  try {
    await startInPlace(process);
  } catch (error) {
    await remove(process.name);
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`${process.name} failed and is removed: ${reason}`);
  }
}

/** Removes every process of a kind but this one. */
export async function removeOthers(isKind: (name: string) => boolean, kept?: string): Promise<void> {
  const all = new Set([...(await currentProcesses()), ...known()].map(({ name }) => name).filter(isKind));
  for (const name of all) if (name !== kept) await remove(name);
}
