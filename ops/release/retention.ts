import type { Stored } from "../host/versions.ts";
import { setting } from "../settings/project.ts";
import { previews, superfluous } from "./events.ts";
import { discard, type Release, workerNames } from "./release.ts";

/** Removes what is stored of workers that compose.yaml no longer has, and runs no more. */
export function removeRemoved(release: Release): void {
  const workers = workerNames(release);
  removeOld(release, ({ worker }) => !workers.includes(worker));
}

/** Removes the versions above KEEP_VERSIONS of each worker that were live the longest ago, and others never live. */
export function removeOld(release: Release, which: (one: Stored) => boolean = () => true): void {
  const { runtime, history } = release;
  const [events, workers] = [history.events(), workerNames(release)];
  const previewed = Object.entries(previews(events, Date.now())).map(([worker, { version }]) => ({
    worker,
    version,
  }));
  const needed = [...previewed, ...runtime.running()];
  const count = Number(setting("KEEP_VERSIONS"));
  for (const one of superfluous(runtime.stored().filter(which), events, { count, workers, needed }))
    discard(runtime, one);
}
