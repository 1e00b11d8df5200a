// Start, deploy and reload: which version each worker gets.
import type { Versions, Wanted } from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import {
  type Change,
  changesOf,
  type Event,
  endOf,
  isPinned,
  liveEvent,
  openPreviews,
  previews,
} from "./events.ts";
import { endOver, record, recorded, repair, sayInterrupted } from "./record.ts";
import { adopt, build, chosen, live, type Release, watches, workerNames } from "./release.ts";
import { removeOld } from "./retention.ts";
import { localTime } from "./text.ts";

/** These versions, with the previews that have time left. One of a version that is live has ended. */
export function wantedOf({ history, runtime }: Release, versions: Versions): Wanted {
  const open = runtime.preview ? Object.entries(previews(history.events(), Date.now())) : [];
  const left = open.filter(([worker, { version }]) => versions[worker] !== version);
  return { versions, previews: Object.fromEntries(left) };
}

/** Replaces what runs by these versions, through start or deploy of the runtime. */
export async function replaceBy(
  release: Release,
  versions: Versions,
  changes: readonly Change[],
  run: Runtime["deploy"],
): Promise<void> {
  endOver(release);
  const wanted = wantedOf(release, versions);
  sayInterrupted(release, wanted);
  await recorded(release, changes, (replacing) => run(wanted, replacing));
  const { history } = release;
  const ends = openPreviews(history.events()).filter(({ worker, version }) => versions[worker] === version);
  for (const { worker, version } of ends)
    console.log(`the preview ${version} of ${worker} has ended: it is live now`);
  record(
    history,
    ends.map(({ worker, version }) => endOf(worker, version)),
  );
}

/** The sources' versions; a worker that was rolled back keeps its own. */
export async function start(release: Release): Promise<void> {
  const { runtime, history } = release;
  if (!watches()) adopt(release);
  const [names, events] = [workerNames(release), history.events()];
  const pinned = watches() ? [] : names.filter((name) => isPinned(liveEvent(events, name)));
  const kept = await live(release, pinned);
  const versions = {
    ...kept,
    ...(await build(
      release,
      names.filter((name) => !pinned.includes(name)),
    )),
  };
  for (const worker of pinned) {
    const event = liveEvent(events, worker);
    if (event && event.version === kept[worker])
      console.log(
        `${worker} stays at ${event.version}, rolled back at ${localTime(event.began)}: make deploy NAME=${worker} deploys the sources`,
      );
  }
  const changes = watches() ? [] : changesOf("start", events, versions);
  await replaceBy(release, versions, changes, (wanted, replacing) => runtime.start(wanted, replacing));
}

/** The sources' version of the worker NAME, or of all; the others stay at their live version. */
export async function deploy(release: Release, name: string): Promise<void> {
  const { runtime, history } = release;
  const names = chosen(release, name);
  adopt(release);
  const built = await build(release, names);
  const others = await live(
    release,
    workerNames(release).filter((each) => !names.includes(each)),
  );
  const events = history.events();
  const changes = [...changesOf("deploy", events, built, true), ...changesOf("deploy", events, others)];
  await replaceBy(release, { ...others, ...built }, changes, (wanted, replacing) =>
    runtime.deploy(wanted, replacing),
  );
  sayChanged(history.events(), changes, events);
  removeOld(release);
}

/** What these changes made of the workers, of those that the runtime replaced. */
function sayChanged(now: readonly Event[], changes: readonly Change[], before: readonly Event[]): void {
  for (const { worker, version, previous } of changes) {
    const live = liveEvent(now, worker);
    if (live?.version !== version || isPinned(live)) continue;
    if (isPinned(liveEvent(before, worker)))
      console.log(`${worker} was held at ${previous}; now it gets its sources again`);
    if (version !== previous) console.log(`${worker} is at ${version}${previous && ` (was ${previous})`}`);
  }
}

/** Applies settings to what is live. */
export async function reload(release: Release): Promise<void> {
  endOver(release);
  const wanted = wantedOf(release, await live(release, workerNames(release)));
  await repair(release, wanted);
  await release.runtime.reload(wanted);
}
