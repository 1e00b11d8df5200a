// Previews: one replica of a version beside the live ones, under a name and a port of its own.
import { type Preview, previewName, type Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import {
  missingSecrets,
  secretFix,
  secretProblem,
  type WorkerService,
  workers,
} from "../settings/project.ts";
import { placeVersions } from "./placed.ts";
import { currentProcesses, type Process, type Running } from "./pm2.ts";
import { workerProcess } from "./processes.ts";
import { known, remove } from "./reconcile.ts";
import { isPreview, previewReplica } from "./replicas.ts";
import { startInPlace } from "./roll.ts";
import { removePreviewData } from "./storage.ts";

type Previews = Wanted["previews"];
type Named = [WorkerService, Preview];

/** Those of present workers with time left. */
function current(previews: Previews): Named[] {
  return workers().flatMap((worker): Named[] => {
    const preview = previews[worker.name];
    return preview && preview.until > Date.now() ? [[worker, preview]] : [];
  });
}

const processOf = ([worker, preview]: Named): Process =>
  workerProcess(previewReplica(worker), { [worker.name]: preview.version }, preview);

/** Whether a declared process is this preview; of a worker that lacks a secret, with those it began with. */
function isSame(declared: Process | undefined, one: Named): boolean {
  if (!declared) return false;
  const [worker, { version, until }] = one;
  if (missingSecrets(worker).length === 0) return JSON.stringify(declared) === JSON.stringify(processOf(one));
  return (
    declared.env["WORKER_VERSION"] === version && declared.env["PREVIEW_UNTIL"] === String(Math.round(until))
  );
}

const declaredBy = (worker: WorkerService) => known().find(({ name }) => name === previewName(worker.name));

/** The declared previews that run as they are wanted. */
export function kept(previews: Previews, list: readonly Running[]): Process[] {
  const online = new Set(list.filter(({ status }) => status === "online").map(({ name }) => name));
  return current(previews).flatMap((one) => {
    const declared = declaredBy(one[0]);
    return declared && online.has(declared.name) && isSame(declared, one) ? [declared] : [];
  });
}

/** Whether a preview goes on with the data of one before: of the same version. None is declared after a stop. */
function hasData([worker, { version }]: Named): boolean {
  const declared = declaredBy(worker);
  return !declared || declared.env["WORKER_VERSION"] === version;
}

/** The data folders of previews that have one of their own. */
const ownData = (all: Named[]) =>
  all.filter(([, { sharesData }]) => !sharesData).map(([{ name }]) => previewName(name));

async function start(one: Named): Promise<void> {
  const [worker, { until }] = one;
  const problem = secretProblem(worker);
  if (problem) throw new UserError(`${problem}: ${secretFix(worker)}`);
  const process = processOf(one);
  try {
    await startInPlace(process);
  } catch (error) {
    if (Date.now() >= until) return; // it ended by itself
    await remove(process.name);
    throw error;
  }
}

/**
 * Starts, replaces and ends previews until these run. @throws UserError where a version is not kept, before anything changes,
 * or with the previews that do not become ready, which are removed.
 */
export async function applyPreviews(previews: Previews): Promise<void> {
  const list = await currentProcesses();
  const same = new Set(kept(previews, list).map(({ name }) => name));
  const before = new Set([...list, ...known()].map(({ name }) => name).filter(isPreview));
  const wanted = current(previews);
  const data = ownData(wanted.filter(hasData));
  for (const [{ name }, { version }] of wanted)
    if (!same.has(previewName(name))) placeVersions([name], { [name]: version });
  for (const name of before) if (!same.has(name)) await remove(name);
  removePreviewData(data);
  const failures: string[] = [];
  for (const one of wanted) {
    const name = previewName(one[0].name);
    if (same.has(name)) continue;
    try {
      await start(one);
    } catch (error) {
      failures.push(`${name} failed and is removed: ${error instanceof Error ? error.message : error}`);
      removePreviewData(ownData(wanted.filter((each) => each !== one)));
    }
  }
  if (failures.length > 0) throw new UserError(failures.join("; "));
}
