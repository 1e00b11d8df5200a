import { setting } from "../settings/project.ts";
import { liveEvent, previews, superfluous } from "./events.ts";
import { discard, type Release, workerNames } from "./release.ts";

/** Removes the versions that were never used, and those used least recently, above KEEP_VERSIONS of each worker. */
export function removeOld(release: Release): void {
  const { runtime, history } = release;
  const [events, workers] = [history.events(), workerNames(release)];
  const live = workers.flatMap((worker) => liveEvent(events, worker) ?? []);
  const previewed = Object.entries(previews(events, Date.now())).map(([worker, { version }]) => ({
    worker,
    version,
  }));
  const needed = [...live, ...previewed, ...runtime.running()];
  const count = Number(setting("KEEP_VERSIONS"));
  for (const one of superfluous(runtime.stored(), events, { count, workers, needed })) discard(runtime, one);
}
