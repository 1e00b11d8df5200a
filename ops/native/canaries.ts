// The canary: one process of the worker whose clients are shared, and the folder of its share and its state.
import { chmodSync, chownSync, lstatSync, mkdirSync, renameSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { readState } from "../../workers/runtime/canary/contract.ts";
import { canarySettings, publishedCanary } from "../host/canary-settings.ts";
import { run } from "../host/run.ts";
import type { Wanted } from "../host/versions.ts";
import { secretProblem, setting } from "../settings/project.ts";
import { account, asOwner, workerPart } from "./accounts.ts";
import { answering, ifKept, removeOthers, startBeside, workerNamed } from "./beside.ts";
import { DATA_DIR } from "./paths.ts";
import type { Process, Running } from "./pm2.ts";
import { canaryProcess } from "./processes.ts";
import { publishLater } from "./publish.ts";
import { canaryReplica, isCanary } from "./replicas.ts";
import { replicaAddress } from "./sockets.ts";
import { CANARY } from "./storage.ts";

/** The process writes it, nginx looks into it. */
const FOLDER = join(DATA_DIR, CANARY);

function wantedProcess(wanted: Wanted): Process | undefined {
  const worker = workerNamed(wanted.canary?.from);
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const settings = canarySettings(wanted, { folder: FOLDER, prometheus });
  return worker && settings && !secretProblem(worker)
    ? canaryProcess(canaryReplica(worker), settings)
    : undefined;
}

/** The declared process, if it runs as it is wanted. */
export const keptCanary = (wanted: Wanted, list: readonly Running[]) => ifKept(wantedProcess(wanted), list);

/**
 * A share of 0, at once. The folder belongs to another account, which could put anything in it, so it is moved away and emptied as
 * that account.
 */
function clearFolder(): void {
  const found = lstatSync(FOLDER, { throwIfNoEntry: false });
  if (!found) return;
  const aside = `${FOLDER}.${crypto.randomUUID()}`;
  renameSync(FOLDER, aside);
  run([...asOwner(found), "find", aside, "-mindepth", "1", "-delete"]);
  try {
    rmdirSync(aside);
  } catch (error) {
    console.error(`warning: ${aside} is not removed: ${(error as Error).message}`);
  }
}

/** Cleared, unless it is this canary's. */
function prepareFolder(worker: string, id: string): void {
  if (!canaryState(id)) clearFolder();
  mkdirSync(FOLDER, { recursive: true });
  const owner = account(workerPart(worker));
  if (owner) chownSync(FOLDER, owner.uid, owner.gid);
  chmodSync(FOLDER, 0o711);
}

/** What the process of this canary has decided; undefined before it began. */
export const canaryState = (id: string) => readState(FOLDER, id);

/** Removes every other canary. From then on the share is 0. */
export async function endCanaries(wanted: Wanted): Promise<void> {
  const process = wantedProcess(wanted);
  await removeOthers(isCanary, process?.name);
  if (!process) clearFolder();
}

/**
 * Starts or replaces the wanted process. The gateway has the share once it runs (publish.ts): without it nothing would end one.
 * @throws UserError when it does not become ready; it is removed then.
 */
export async function startCanary(wanted: Wanted): Promise<void> {
  const { canary } = wanted;
  const process = wantedProcess(wanted);
  const servers = (worker: string, isPreview: boolean) =>
    answering(worker, isPreview).map((replica) => ({ address: replicaAddress(replica) }));
  publishLater("canary", undefined);
  if (!canary || !process) return;
  prepareFolder(canary.from, canary.id);
  await startBeside(process, canary.from, wanted.versions[canary.from] ?? "");
  publishLater("canary", publishedCanary(wanted, FOLDER, servers));
}
