// The shadow: one process of the worker whose requests it takes, under a name and a port of its own.

import { sampleOf, shadowSettings } from "../host/shadow-settings.ts";
import type { Wanted } from "../host/versions.ts";
import { secretProblem } from "../settings/project.ts";
import { answering, ifKept, removeOthers, startBeside, workerNamed } from "./beside.ts";
import type { Process, Running } from "./pm2.ts";
import { shadowProcess } from "./processes.ts";
import { publishLater } from "./publish.ts";
import { isShadow, shadowReplica } from "./replicas.ts";

/** The wanted process; undefined without a shadow, and where one of its versions does not run. */
function wantedProcess(wanted: Wanted): Process | undefined {
  const worker = workerNamed(wanted.shadow?.from);
  const settings = shadowSettings(wanted, (name, isPreview) =>
    answering(name, isPreview).map(({ port }) => `127.0.0.1:${port}`),
  );
  return worker && settings && !secretProblem(worker)
    ? shadowProcess(shadowReplica(worker), settings)
    : undefined;
}

/** The declared process, if it runs as it is wanted. */
export const keptShadow = (wanted: Wanted, list: readonly Running[]) => ifKept(wantedProcess(wanted), list);

/** Starts or replaces the wanted process. The sample is marked once it runs (publish.ts). @throws UserError when it does not become ready. */
export async function startShadow(wanted: Wanted): Promise<void> {
  const { shadow } = wanted;
  const process = wantedProcess(wanted);
  publishLater("sample", undefined);
  if (!shadow || !process) return;
  await startBeside(process, shadow.from, wanted.versions[shadow.from] ?? "");
  publishLater("sample", sampleOf(shadow));
}

/** Removes every other shadow, once no request is marked for it. */
export const endShadows = (wanted: Wanted) => removeOthers(isShadow, wantedProcess(wanted)?.name);
