// What `make ps` says of secrets and data.
import { leftOut } from "../host/missing-secrets.ts";
import { run } from "../host/run.ts";
import { secretProblem, workers } from "../settings/project.ts";
import type { Running } from "./pm2.ts";
import { isPreview, workerOf } from "./replicas.ts";
import { volumeFolder, volumes } from "./storage.ts";

/** Name, second column and text. */
type Line = [string, string, string];

/** The workers that lack a secret. */
export function notStarted(list: readonly Pick<Running, "name">[]): Line[] {
  return workers().flatMap(({ name, secrets }): Line[] => {
    const problem = secretProblem({ secrets });
    if (!problem) return [];
    const runs = list.some((each) => !isPreview(each.name) && workerOf(each.name) === name);
    return [[name, "-", leftOut(runs, problem)]];
  });
}

/** The data folders, with their sizes; also those of removed workers. */
export function dataFolders(): Line[] {
  return volumes().map((volume): Line => {
    const owner = workers().find(({ data }) => data === volume);
    const of = owner?.name ?? (isPreview(volume) ? volume : "a removed worker");
    const folder = volumeFolder(volume);
    const [size = ""] = run(["du", "-sh", folder]).stdout.split("\t");
    return [volume, size, `data of ${of}: ${folder}`];
  });
}
