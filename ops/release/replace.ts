// Start, deploy and reload: which version each worker gets.

import type { Report } from "../../workers/runtime/shadow/contract.ts";
import {
  type Canary,
  candidateVersion,
  isCurrent,
  type Shadow,
  type Versions,
  type Wanted,
} from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import { UserError } from "../settings/fail.ts";
import {
  type Change,
  changesOf,
  type Event,
  endOf,
  endOfHold,
  isPinned,
  liveEvent,
  openPreviews,
  previews,
  removals,
} from "./events.ts";
import { endOver, recorded, repair, sayInterrupted } from "./record.ts";
import {
  adopt,
  build,
  chosen,
  live,
  type Release,
  record,
  runningVersions,
  watches,
  workerNames,
} from "./release.ts";
import { removeOld, removeRemoved } from "./retention.ts";
import { foundSoFar, untilNow } from "./shadow-report.ts";
import { localTime } from "./text.ts";

/** Of workers that compose.yaml has. */
export function recordedShadow(release: Release): Shadow | undefined {
  const shadow = release.runtime.beside ? release.history.shadow() : undefined;
  const names = workerNames(release);
  return shadow && names.includes(shadow.from) && names.includes(shadow.to) ? shadow : undefined;
}

/** Of workers that compose.yaml has; not one that a command ends. */
export function recordedCanary(release: Release): Canary | undefined {
  const canary = release.runtime.beside ? release.history.canary() : undefined;
  const names = workerNames(release);
  const isThere = canary && !canary.ended && names.includes(canary.from) && names.includes(canary.to);
  return isThere ? canary : undefined;
}

/** Without a shadow or canary of which one side does not run, or of other versions, and the shadow of such a canary. */
export function withoutLost({ shadow, canary, ...others }: Wanted): Wanted {
  const isLost = canary !== undefined && !isCurrent(others, canary);
  const isKept = shadow && candidateVersion(others, shadow) && !(isLost && shadow.key === canary.shadow);
  return { ...others, ...(isKept && { shadow }), ...(canary && !isLost && { canary }) };
}

/** After a change: forgets a canary that the change has ended, and says so. */
function endLostCanary({ history, runtime }: Release, wanted: Wanted): void {
  const canary = runtime.beside ? history.canary() : undefined;
  if (!canary || canary.ended || isCurrent(wanted, canary)) return;
  history.setCanary(undefined);
  if (history.shadow()?.key === canary.shadow) history.setShadow(undefined);
  const { stable, candidate } = canary.versions;
  const isLive = wanted.versions[canary.from] === candidate;
  const why = isLive ? `${candidate} is live now` : `${stable} and ${candidate} do not both run any more`;
  console.log(`the canary of ${canary.from} has ended: ${why}`);
}

/** After a change: forgets a shadow and a canary that the change has ended. @param found by the shadow before the change. */
export function endLost(release: Release, wanted: Wanted, found?: Report): void {
  endLostCanary(release, wanted);
  endLostShadow(release, wanted, found);
}

/**
 * After a change: forgets a shadow of which one side does not run any more. Says so, and where its counts begin again.
 * @param found by it before the change.
 */
function endLostShadow({ runtime, history }: Release, wanted: Wanted, found?: Report): void {
  const recorded = runtime.beside ? history.shadow() : undefined;
  if (!recorded) return;
  const { from, to, preview } = recorded;
  const sides = [wanted.versions[from], wanted.shadow && candidateVersion(wanted, wanted.shadow)];
  if (sides.every((version) => version !== undefined)) {
    const isAnew = found && (found.stable.version !== sides[0] || found.candidate.version !== sides[1]);
    if (isAnew) console.log(`the counts of the shadow of ${from} begin again${untilNow(found)}`);
    return;
  }
  history.setShadow(undefined);
  const isLive = preview !== undefined && wanted.versions[to] === preview;
  const gone = preview ? `the preview ${preview} of ${to}` : wanted.versions[from] ? to : from;
  const why = isLive ? "is live now" : "does not run any more";
  console.log(`the shadow of ${from} has ended: ${gone} ${why}${untilNow(found)}`);
}

/** These versions, with the previews that have time left, shadow and canary. A preview of a version that is live has ended. */
export function wantedOf(release: Release, versions: Versions): Wanted {
  const { history, runtime } = release;
  const open = runtime.beside ? Object.entries(previews(history.events(), Date.now())) : [];
  const left = open.filter(([worker, { version }]) => versions[worker] !== version);
  const [shadow, canary] = [recordedShadow(release), recordedCanary(release)];
  return withoutLost({
    versions,
    previews: Object.fromEntries(left),
    ...(shadow && { shadow }),
    ...(canary && { canary }),
  });
}

/** Replaces what runs by these versions, through start or deploy of the runtime. */
export async function replaceBy(
  release: Release,
  versions: Versions,
  changes: readonly Change[],
  run: Runtime["deploy"],
): Promise<void> {
  endOver(release);
  record(release.history, removals(release.history.events(), workerNames(release)));
  const wanted = wantedOf(release, versions);
  sayInterrupted(release, wanted);
  const found = await foundSoFar(release);
  await recorded(release, changes, (replacing) => run(wanted, replacing));
  endLost(release, wanted, found);
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
  const shared = recordedCanary(release)?.from;
  const pinned = watches()
    ? []
    : names.filter((name) => name === shared || isPinned(liveEvent(events, name)));
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
    if (event && event.version === kept[worker] && isPinned(event))
      console.log(
        `${worker} stays at ${event.version}, rolled back at ${localTime(event.began)}: make deploy NAME=${worker} deploys the sources`,
      );
  }
  if (shared && kept[shared])
    console.log(
      `${shared} stays at ${kept[shared]} while it has a canary: make release or make canary-abort`,
    );
  const changes = watches() ? [] : changesOf("start", events, versions);
  const begun = new Set<string>();
  try {
    await replaceBy(release, versions, changes, (wanted, replacing) =>
      runtime.start(wanted, (workers) => {
        for (const worker of workers) begun.add(worker);
        replacing(workers);
      }),
    );
  } catch (error) {
    const running = pinned.length > 0 ? runtime.running() : [];
    const runs = (worker: string) => runningVersions(running, worker).includes(versions[worker] ?? "");
    const held = pinned.filter((worker) => !runs(worker));
    throw ofHeld(error, (message) => held.filter((each) => begun.has(each) || message.includes(each)));
  }
  removeRemoved(release);
}

/** A failed start, with the way out where a version that a rollback holds may be the reason. */
function ofHeld(error: unknown, reasons: (message: string) => string[]): unknown {
  if (!(error instanceof UserError)) return error;
  const ways = reasons(error.message).map(
    (worker) =>
      `; ${worker} is held by a rollback: make deploy NAME=${worker}, then make start-project, starts its sources`,
  );
  return ways.length > 0 ? new UserError(`${error.message.replace(/\.$/, "")}${ways.join("")}`) : error;
}

/** While nothing runs: the next start runs the sources of the worker NAME, or of all, not what they are held at. */
export function endHolds(release: Release, name: string): void {
  const events = release.history.events();
  const live = chosen(release, name).flatMap((worker) => liveEvent(events, worker) ?? []);
  const held = live.filter(isPinned);
  if (held.length === 0) throw new UserError("not running: make start-project");
  record(release.history, held.map(endOfHold));
  for (const { worker, version } of held)
    console.log(`${worker} is no longer held at ${version}: make start-project starts its sources`);
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
