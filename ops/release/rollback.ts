// Returns to a version that is kept. Nothing is built.
import { UserError } from "../settings/fail.ts";
import {
  type Change,
  changesOf,
  commitOf,
  deployed,
  type Event,
  eventBefore,
  eventOf,
  failedLast,
  isPinned,
  liveEvent,
  wasUsed,
} from "./events.ts";
import { adopt, chosen, isStored, live, type Release, record, workerNames } from "./release.ts";
import { replaceBy } from "./replace.ts";
import { localTime } from "./text.ts";

const PREFIX = /^[0-9a-f]{4,12}$/;
/** As many versions are listed in an error. */
const LISTED = 10;

/** The stored versions of a worker that were used, the newest deployment first. */
function kept({ runtime, history }: Release, worker: string): string[] {
  const events = history.events();
  const stored = runtime.stored().filter((one) => one.worker === worker && wasUsed(events, one));
  return stored
    .toSorted((a, b) => (deployed(events, b)?.id ?? 0) - (deployed(events, a)?.id ?? 0))
    .map(({ version }) => version);
}

/** What TO may be, for an error. */
function listed(release: Release, worker: string): string {
  const events = release.history.events();
  const live = liveEvent(events, worker)?.version;
  const all = kept(release, worker);
  const shown = all.slice(0, LISTED).map((version) => {
    const began = deployed(events, { worker, version })?.began;
    const notes = [version === live ? "live" : "", began === undefined ? "" : localTime(began)].filter(
      Boolean,
    );
    return notes.length > 0 ? `${version} (${notes.join(", ")})` : version;
  });
  const more = all.length > LISTED ? ` and ${all.length - LISTED} more (make versions NAME=${worker})` : "";
  const choice = all.some((version) => version !== live) ? ": TO=… chooses one" : "";
  return `kept are ${shown.join(", ") || "none"}${more}${choice}`;
}

interface Target {
  version: string;
  /** The event that made it live before. */
  returns: Event | undefined;
}

/** The one kept version that begins with these digits. */
function named(release: Release, worker: string, to: string): Target {
  if (!PREFIX.test(to))
    throw new UserError(
      `TO=${to} must be the first 4 to 12 lower-case hex digits of a version; ${listed(release, worker)}`,
    );
  const [version, ...others] = kept(release, worker).filter((each) => each.startsWith(to));
  if (!version) {
    const unused = release.runtime
      .stored()
      .find((one) => one.worker === worker && one.version.startsWith(to));
    const what = unused
      ? `${unused.version} of ${worker} was never live or previewed`
      : `${worker} has no version ${to}`;
    throw new UserError(`${what}; ${listed(release, worker)}`);
  }
  if (others.length > 0) throw new UserError(`TO=${to} is ambiguous: ${[version, ...others].join(", ")}`);
  const used = release.history.events().filter(({ kind, outcome }) => kind !== "preview" && outcome === "ok");
  return { version, returns: eventOf(used, { worker, version }) };
}

/** The live version where a failed replacement left others; otherwise the one that was live before. */
function before(release: Release, worker: string): Target {
  const events = release.history.events();
  const live = liveEvent(events, worker);
  const restores = live && failedLast(events, worker) && !isThere(release, worker, live.version);
  const event = restores ? live : eventBefore(events, worker);
  if (!event) {
    const what = live
      ? `no version of ${worker} was deployed before ${live.version}`
      : `no version of ${worker} is live`;
    throw new UserError(`${what}; ${listed(release, worker)}`);
  }
  if (!isStored(release.runtime.stored(), worker, event.version))
    throw new UserError(
      `${event.version}, the earlier version of ${worker}, is no longer kept; ${listed(release, worker)}`,
    );
  return { version: event.version, returns: event };
}

/** Whether every replica runs this version. */
function runs({ runtime, workers }: Release, worker: string, version: string): boolean {
  const own = runtime.running().filter((one) => one.worker === worker && !one.preview);
  const replicas = own.reduce((sum, one) => sum + one.replicas, 0);
  const declared = workers.find(({ name }) => name === worker)?.replicas ?? 1;
  return own.every((one) => one.version === version) && replicas >= declared;
}

/** Whether it is live and every replica runs it, with no command that was killed to repair. */
function isThere(release: Release, worker: string, version: string): boolean {
  const events = release.history.events();
  const isLive = liveEvent(events, worker)?.version === version;
  return isLive && runs(release, worker, version) && events.every(({ outcome }) => outcome !== undefined);
}

/** A failed rollback, with what is live after it. */
function explained(release: Release, worker: string, error: unknown): unknown {
  const live = liveEvent(release.history.events(), worker)?.version;
  if (!(error instanceof UserError) || !live) return error;
  const where = runs(release, worker, live)
    ? `stays at ${live}`
    : `is not at ${live} in every replica: make rollback NAME=${worker} restores it`;
  return new UserError(`${error.message.replace(/\.$/, "")}; ${worker} ${where}`);
}

/** The rollback that NAME and TO ask for. */
function choose(release: Release, name: string, to: string): Change {
  const [worker = "", ...others] = chosen(release, name);
  if (others.length > 0)
    throw new UserError(`NAME=worker is missing; workers are ${[worker, ...others].join(", ")}`);
  adopt(release);
  const { version, returns } = to === "" ? before(release, worker) : named(release, worker, to);
  const previous = liveEvent(release.history.events(), worker)?.version ?? "";
  const from = commitOf(release.history.events(), { worker, version });
  return { kind: "rollback", worker, version, previous, returns: returns?.id, from };
}

/** While nothing runs: the next start runs that version. */
export function hold(release: Release, name: string, to: string): void {
  const change = choose(release, name, to);
  record(release.history, [change]);
  console.log(
    `${change.worker} is held at ${change.version} until the next make deploy: make start-project starts it`,
  );
}

export async function rollback(release: Release, name: string, to: string): Promise<void> {
  const change = choose(release, name, to);
  const { worker, version } = change;
  if (isThere(release, worker, version))
    throw new UserError(`${worker} runs ${version} already; ${listed(release, worker)}`);
  const rest = await live(
    release,
    workerNames(release).filter((each) => each !== worker),
  );
  const changes = [change, ...changesOf("deploy", release.history.events(), rest)];
  try {
    await replaceBy(release, { ...rest, [worker]: version }, changes, (wanted, replacing) =>
      release.runtime.deploy(wanted, replacing),
    );
  } catch (error) {
    throw explained(release, worker, error);
  }
  const now = liveEvent(release.history.events(), worker);
  if (now?.version !== version || !isPinned(now))
    throw new UserError(`${worker} is not replaced: it does not run, or lacks a secret (make ps)`);
  console.log(`${worker} is at ${version} until the next make deploy`);
}
