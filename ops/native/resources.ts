// What `make ps` says of secrets and data.

import { run } from "../host/run.ts";
import { secretProblem, workers } from "../settings/project.ts";
import type { Running } from "./pm2.ts";
import { volumeFolder, volumes } from "./storage.ts";

/** Name, second column and text. */
type Line = [string, string, string];

/** The workers that lack a secret. */
export function notStarted(list: readonly Pick<Running, "name">[]): Line[] {
  return workers().flatMap(({ name, secrets }): Line[] => {
    const problem = secretProblem({ secrets });
    if (!problem) return [];
    const runs = list.some((each) => each.name.replace(/-(\d+|next)$/, "") === name);
    const reason = `(${problem})`;
    return [[name, "-", runs ? `kept as it was ${reason}` : `not started ${reason}`]];
  });
}

/** The data folders, with their sizes; also those of removed workers. */
export function dataFolders(): Line[] {
  return volumes().map((volume): Line => {
    const owner = workers().find(({ data }) => data === volume);
    const folder = volumeFolder(volume);
    const [size = ""] = run(["du", "-sh", folder]).stdout.split("\t");
    return [volume, size, `data of ${owner?.name ?? "a removed worker"}: ${folder}`];
  });
}
