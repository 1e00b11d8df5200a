// What `make ps` says of secrets and data.
import { leftOut } from "../host/missing-secrets.ts";
import { run } from "../host/run.ts";
import { secretProblem, workers } from "../settings/project.ts";
import type { Running } from "./pm2.ts";
import { isBeside, workerOf } from "./replicas.ts";
import { previewFolder, previewsWithData, volumeFolder, volumes } from "./storage.ts";

/** Name, second column and text. */
type Line = [string, string, string];

/** The workers that lack a secret. */
export function notStarted(list: readonly Pick<Running, "name">[]): Line[] {
  return workers().flatMap(({ name, secrets }): Line[] => {
    const problem = secretProblem({ secrets });
    if (!problem) return [];
    const runs = list.some((each) => !isBeside(each.name) && workerOf(each.name) === name);
    return [[name, "-", leftOut(runs, problem)]];
  });
}

/** The data folders, with their sizes; also those of removed workers and of previews. */
export function dataFolders(): Line[] {
  const line = (name: string, of: string, folder: string): Line => {
    const [size = ""] = run(["du", "-sh", folder]).stdout.split("\t");
    return [name, size, `data of ${of}: ${folder}`];
  };
  const owner = (volume: string) => workers().find(({ data }) => data === volume)?.name ?? "a removed worker";
  return [
    ...volumes().map((volume) => line(volume, owner(volume), volumeFolder(volume))),
    ...previewsWithData().map((preview) => line(preview, preview, previewFolder(preview))),
  ];
}
