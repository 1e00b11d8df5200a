// The events of one runtime, oldest first, and what follows from them: what is live, pinned, previewed and kept.
import type { Preview, Stored, Versions } from "../host/versions.ts";

export type Kind = "start" | "deploy" | "rollback" | "hold-end" | "preview" | "preview-end";

/** What a command does to one worker. */
export interface Change {
  kind: Kind;
  worker: string;
  /** Of the end of a hold: the version that stays live; empty when compose.yaml no longer has the worker. */
  version: string;
  /** The live version before; of a preview, the version that was previewed before. Empty when there was none. */
  previous: string;
  /** Of a rollback, and of the end of its hold: the event that made its version live before. */
  returns?: number | undefined;
  /** The commit of the version, if it is not that of the sources now. */
  from?: Pick<Event, "commit" | "dirty">;
  /** Of a preview: when it ends, in ms since the epoch. */
  until?: number;
  sharesData?: boolean;
}

/** A change as recorded. Times are in ms since the epoch. */
export interface Event extends Omit<Change, "from"> {
  id: number;
  began: number;
  /** Absent while the command runs, and after it was killed until another command notices. */
  outcome?: "ok" | "failed" | "interrupted";
  /** Of a failure, one line. */
  reason: string;
  /** 40 hex digits; empty without a repository. */
  commit: string;
  dirty: boolean;
  user: string;
}

type Named = Pick<Stored, "worker" | "version">;

/** The events of a version, without those of a removed worker of the same name. */
function named(events: readonly Event[], { worker, version }: Named): Event[] {
  const own = events.filter((event) => event.worker === worker);
  const removed = own.findLastIndex((event) => event.kind === "hold-end" && event.version === "");
  return own.slice(removed + 1).filter((event) => event.version === version);
}

/** Whether an event is about the live version, not about a preview. */
export const isLive = ({ kind }: Event) => kind !== "preview" && kind !== "preview-end";

/** The event that made the live version of a worker live. */
export function liveEvent(events: readonly Event[], worker: string): Event | undefined {
  const last = events.findLast((event) => event.worker === worker && isLive(event) && event.outcome === "ok");
  return last?.version ? last : undefined;
}

/** Whether a start keeps the live version: it was chosen by a rollback. */
export const isPinned = (live: Event | undefined) => live?.kind === "rollback";

/** The changes that make these versions live; with `unpin` also of one that is live through a rollback. */
export function changesOf(kind: Kind, events: readonly Event[], versions: Versions, unpin = false): Change[] {
  return Object.entries(versions).flatMap(([worker, version]) => {
    const now = liveEvent(events, worker);
    const isNew = now?.version !== version || (unpin && isPinned(now));
    return isNew ? [{ kind, worker, version, previous: now?.version ?? "" }] : [];
  });
}

/** A worker that a rollback holds gets its sources at the next start. */
export function endOfHold({ id, worker, version, commit, dirty }: Event): Change {
  return { kind: "hold-end", worker, version, previous: version, returns: id, from: { commit, dirty } };
}

/** Nothing of these workers is live or held any more: a worker that gets such a name later is another one. */
export function removals(events: readonly Event[], workers: readonly string[]): Change[] {
  const removed = new Set(events.map(({ worker }) => worker)).difference(new Set(workers));
  const live = [...removed].flatMap((worker) => liveEvent(events, worker) ?? []);
  return live.map(({ worker, version }) => ({ kind: "hold-end", worker, version: "", previous: version }));
}

export function endOf(worker: string, version: string): Change {
  return { kind: "preview-end", worker, version, previous: version };
}

/** The previews that were not ended by a command, also those whose time is over. */
export function openPreviews(events: readonly Event[]): Event[] {
  const open = new Map<string, Event>();
  for (const event of events.filter(({ outcome }) => outcome === "ok")) {
    if (event.kind === "preview") open.set(event.worker, event);
    if (event.kind === "preview-end") open.delete(event.worker);
  }
  return [...open.values()];
}

/** The previews that should run now. */
export function previews(events: readonly Event[], now: number): Record<string, Preview> {
  const left = openPreviews(events).filter(({ until = 0 }) => until > now);
  return Object.fromEntries(
    left.map(({ worker, version, until = 0, sharesData = false }) => [
      worker,
      { version, until, sharesData },
    ]),
  );
}

/** The deployment that first made the version of an event live, through any number of rollbacks. */
function origin(events: readonly Event[], event: Event): Event {
  const returned = events.find(({ id }) => id === event.returns);
  return returned ? origin(events, returned) : event;
}

/**
 * The event to which a rollback without a version returns: the one before the live version was deployed, of another
 * version. Rollbacks follow the deployments backwards, so a second one goes further back.
 */
export function eventBefore(events: readonly Event[], worker: string): Event | undefined {
  const live = liveEvent(events, worker);
  let at = live && origin(events, live);
  while (at) {
    const { id } = at;
    const before = liveEvent(
      events.filter((event) => event.id < id),
      worker,
    );
    at = before && origin(events, before);
    if (at?.version !== live?.version) return at;
  }
  return undefined;
}

/** Whether the newest attempt to replace a worker's live version did not succeed. */
export function failedLast(events: readonly Event[], worker: string): boolean {
  const last = events.findLast((event) => event.worker === worker && isLive(event));
  return last !== undefined && last.outcome !== "ok";
}

/** The newest event that made this version live or previewed it; otherwise the newest that tried. */
export function eventOf(events: readonly Event[], one: Named): Event | undefined {
  const used = named(events, one).filter(({ kind }) => kind !== "preview-end");
  return used.findLast(({ outcome }) => outcome === "ok") ?? used.at(-1);
}

/** Whether a version was live or previewed. */
export function wasUsed(events: readonly Event[], one: Named): boolean {
  return named(events, one).some(({ outcome }) => outcome === "ok");
}

/** Whether the newest attempt to run a version that was never live or previewed failed. */
export function neverStarted(events: readonly Event[], one: Named): boolean {
  return !wasUsed(events, one) && named(events, one).at(-1)?.outcome === "failed";
}

/** The commit of a version: the newest that an attempt to run it recorded. */
export function commitOf(events: readonly Event[], one: Named): Pick<Event, "commit" | "dirty"> {
  const event = named(events, one).findLast(({ kind, commit }) => kind !== "preview-end" && commit !== "");
  return { commit: event?.commit ?? "", dirty: event?.dirty ?? false };
}

/** The event that deployed or previewed a version last, rollbacks aside; undefined for one that no event dates. */
export function deployed(events: readonly Event[], one: Named): Event | undefined {
  const own = named(events, one).filter(({ kind, outcome }) => kind !== "preview-end" && outcome === "ok");
  return own.findLast(({ kind }) => kind !== "rollback" && kind !== "hold-end") ?? own.at(-1);
}

const wasLive = (events: readonly Event[], one: Named) =>
  named(events, one).findLast((event) => isLive(event) && event.outcome === "ok");

/** The version that was live before the live one, whichever way it became that. */
function liveBefore(events: readonly Event[], worker: string): Event | undefined {
  const version = liveEvent(events, worker)?.version;
  return liveEvent(
    events.filter((event) => event.version !== version),
    worker,
  );
}

/** What a rollback without a version may need now: what is live, what was before, and to what it returns. */
export function returnable(events: readonly Event[], worker: string): Event[] {
  const all = [liveEvent(events, worker), liveBefore(events, worker), eventBefore(events, worker)];
  return all.filter((event) => event !== undefined);
}

/** How many versions of a worker are kept that were previewed or failed, but never live. */
const NEVER_LIVE = 3;

interface Keep {
  /** How many of each worker, of those that were live. */
  count: number;
  /** The workers of compose.yaml. */
  workers: readonly string[];
  /** Never removed: what is previewed or running. */
  needed: readonly Named[];
}

/**
 * The stored versions to remove. Those that were live last are kept, of the others the newest few. One of which a lost
 * history says nothing may have been live, so it stays until enough others were.
 */
export function superfluous(
  stored: readonly Stored[],
  events: readonly Event[],
  { count, workers, needed }: Keep,
): Stored[] {
  const newest = (some: Stored[], event: (one: Stored) => Event | undefined) =>
    some.toSorted((a, b) => (event(b)?.id ?? 0) - (event(a)?.id ?? 0));
  const isNeeded = (one: Stored) =>
    [...needed, ...(workers.includes(one.worker) ? returnable(events, one.worker) : [])].some(
      ({ worker, version }) => worker === one.worker && version === one.version,
    );
  return [...Map.groupBy(stored, ({ worker }) => worker)].flatMap(([worker, own]) => {
    if (!workers.includes(worker)) return own.filter((one) => !isNeeded(one));
    const {
      live = [],
      lost = [],
      other = [],
    } = Object.groupBy(own, (one) => {
      if (wasLive(events, one)) return "live";
      return named(events, one)[0]?.kind === "preview-end" ? "lost" : "other";
    });
    const kept = [
      // Those that are replaced one after the other stop being live in the order in which they became it.
      ...newest(live, (one) => wasLive(events, one)).slice(0, count),
      ...(live.length > count ? [] : lost),
      ...newest(other, (one) => named(events, one).at(-1)).slice(0, NEVER_LIVE),
    ];
    return own.filter((one) => !kept.includes(one) && !isNeeded(one));
  });
}
