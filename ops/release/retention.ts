import { setting } from "../settings/project.ts";
import { liveEvent, previews, superfluous } from "./events.ts";
import { type Release, workerNames } from "./release.ts";

/** Removes the versions that were used least recently, above KEEP_VERSIONS of each worker. */
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
  for (const { worker, version } of superfluous(runtime.stored(), events, { count, workers, needed })) {
    try {
      runtime.discard(worker, version);
    } catch (error) {
      console.error(`warning: ${version} of ${worker} is not removed: ${(error as Error).message}`);
    }
  }
}
