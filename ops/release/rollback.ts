// Returns to a version that is kept. Nothing is built.
import { UserError } from "../settings/fail.ts";
import { changesOf, type Event, eventBefore, eventOf, failedLast, isPinned, liveEvent } from "./events.ts";
import { chosen, isStored, live, type Release, workerNames } from "./release.ts";
import { replaceBy } from "./replace.ts";
import { localTime } from "./text.ts";

const PREFIX = /^[0-9a-f]{4,12}$/;

/** The kept versions of a worker, the last used one first. */
function kept({ runtime, history }: Release, worker: string): string[] {
  const events = history.events();
  const stored = runtime.stored().filter((one) => one.worker === worker);
  return stored
    .toSorted((a, b) => (eventOf(events, b)?.id ?? 0) - (eventOf(events, a)?.id ?? 0))
    .map(({ version }) => version);
}

function listed(release: Release, worker: string): string {
  const events = release.history.events();
  const all = kept(release, worker).map((version) => {
    const began = eventOf(events, { worker, version })?.began;
    return began === undefined ? version : `${version} (${localTime(began)})`;
  });
  return `kept are ${all.join(", ") || "none"}`;
}

interface Target {
  version: string;
  /** The event that made it live before. */
  returns: Event | undefined;
}

/** The one kept version that begins with these digits. */
function named(release: Release, worker: string, to: string): Target {
  const digits = to.toLowerCase();
  if (!PREFIX.test(digits))
    throw new UserError(`TO=${to} must be 4 to 12 digits of a version; ${listed(release, worker)}`);
  const [version, ...others] = kept(release, worker).filter((each) => each.startsWith(digits));
  if (!version) throw new UserError(`${worker} has no version ${digits}; ${listed(release, worker)}`);
  if (others.length > 0) throw new UserError(`TO=${to} is ambiguous: ${[version, ...others].join(", ")}`);
  const used = release.history.events().filter(({ kind, outcome }) => kind !== "preview" && outcome === "ok");
  return { version, returns: eventOf(used, { worker, version }) };
}

/** The live version where its replacement did not succeed, otherwise the one that was live before. */
function before(release: Release, worker: string): Target {
  const events = release.history.events();
  const failed = failedLast(events, worker);
  const event = failed ? liveEvent(events, worker) : eventBefore(events, worker);
  if (!event)
    throw new UserError(
      `${worker} has no earlier version; ${listed(release, worker)}: TO=VERSION chooses one`,
    );
  if (!isStored(release.runtime.stored(), worker, event.version))
    throw new UserError(
      `${event.version}, the earlier version of ${worker}, is no longer kept; ${listed(release, worker)}: TO=VERSION chooses one`,
    );
  return { version: event.version, returns: event };
}

/** Whether every replica runs this version and it is live, with no command that was killed to repair. */
function isThere({ runtime, history, workers }: Release, worker: string, version: string): boolean {
  const own = runtime.running().filter((one) => one.worker === worker && !one.preview);
  const replicas = own.reduce((sum, one) => sum + one.replicas, 0);
  const declared = workers.find(({ name }) => name === worker)?.replicas ?? 1;
  const others = own.some((one) => one.version !== version);
  const events = history.events();
  const isLive = liveEvent(events, worker)?.version === version;
  return isLive && !others && replicas >= declared && events.every(({ outcome }) => outcome !== undefined);
}

export async function rollback(release: Release, name: string, to: string): Promise<void> {
  const [worker = "", ...others] = chosen(release, name);
  if (others.length > 0)
    throw new UserError(`NAME=worker is missing; workers are ${[worker, ...others].join(", ")}`);
  const { version, returns } = to === "" ? before(release, worker) : named(release, worker, to);
  if (isThere(release, worker, version))
    throw new UserError(
      `${worker} runs ${version} already; ${listed(release, worker)}: TO=VERSION chooses one`,
    );
  const rest = await live(
    release,
    workerNames(release).filter((each) => each !== worker),
  );
  const previous = liveEvent(release.history.events(), worker)?.version ?? "";
  const { id, commit = "", dirty = false } = returns ?? {};
  const change = {
    kind: "rollback",
    worker,
    version,
    previous,
    returns: id,
    from: { commit, dirty },
  } as const;
  const changes = [change, ...changesOf("deploy", release.history.events(), rest)];
  await replaceBy(release, { ...rest, [worker]: version }, changes, (wanted, replacing) =>
    release.runtime.deploy(wanted, replacing),
  );
  const now = liveEvent(release.history.events(), worker);
  if (now?.version !== version || !isPinned(now))
    throw new UserError(`${worker} is not replaced: it does not run, or lacks a secret (make ps)`);
  console.log(`${worker} is at ${version} until the next make deploy`);
}
