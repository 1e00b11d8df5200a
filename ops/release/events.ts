// The events of one runtime, oldest first, and what follows from them: what is live, pinned, previewed and kept.
import type { Preview, Stored, Versions } from "../host/versions.ts";

export type Kind = "start" | "deploy" | "rollback" | "preview" | "preview-end";

/** What a command does to one worker. */
export interface Change {
  kind: Kind;
  worker: string;
  version: string;
  /** The live version before; of a preview, the version that was previewed before. Empty when there was none. */
  previous: string;
  /** Of a rollback: the event that made its version live before. */
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

const named = (events: readonly Event[], { worker, version }: Named) =>
  events.filter((event) => event.worker === worker && event.version === version);

const isLive = ({ kind }: Event) => kind === "start" || kind === "deploy" || kind === "rollback";

/** The event that made the live version of a worker live. */
export function liveEvent(events: readonly Event[], worker: string): Event | undefined {
  return events.findLast((event) => event.worker === worker && isLive(event) && event.outcome === "ok");
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
  return own.findLast(({ kind }) => kind !== "rollback") ?? own.at(-1);
}

interface Keep {
  /** How many of each worker. */
  count: number;
  /** The workers of compose.yaml. */
  workers: readonly string[];
  /** Never removed: what is live, previewed or running. */
  needed: readonly Named[];
}

/** The stored versions to remove: all but the ones of each worker that were used last, and those that are needed. */
export function superfluous(
  stored: readonly Stored[],
  events: readonly Event[],
  { count, workers, needed }: Keep,
): Stored[] {
  const lastUse = (one: Stored) => named(events, one).at(-1)?.id ?? 0;
  const isNeeded = (one: Stored) =>
    needed.some(({ worker, version }) => worker === one.worker && version === one.version);
  return [...Map.groupBy(stored, ({ worker }) => worker)].flatMap(([worker, own]) => {
    const kept = own
      .filter((one) => wasUsed(events, one))
      .toSorted((a, b) => lastUse(b) - lastUse(a))
      .slice(0, workers.includes(worker) ? count : 0);
    return own.filter((one) => !kept.includes(one) && !isNeeded(one));
  });
}
