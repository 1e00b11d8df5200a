// The record of a change around the call that makes it, and what is done about commands that were killed.
import { AfterwardsError } from "../host/roll.ts";
import type { Replacing, Running, Wanted } from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import { UserError } from "../settings/fail.ts";
import { type Change, type Event, endOf, isLive, openPreviews } from "./events.ts";
import type { History } from "./history.ts";
import { isStored, type Release, record, runningVersions, workerNames } from "./release.ts";
import { source } from "./source.ts";
import { localTime } from "./text.ts";

const NOUNS = {
  start: "the start",
  deploy: "the deployment",
  rollback: "the rollback",
  "hold-end": "the end of the hold",
  preview: "the preview",
  "preview-end": "the end of the preview",
};

/** "the deployment of HASH to NAME at TIME by USER" */
export function described({ kind, version, worker, began, user }: Event): string {
  return `${NOUNS[kind]} of ${version} to ${worker} at ${localTime(began)} by ${user}`;
}

/** What a worker has after the command, for the line about an interrupted one. */
function outcome(event: Event, { versions, previews }: Wanted): string {
  const { worker } = event;
  if (isLive(event))
    return versions[worker] ? `${worker} gets ${versions[worker]} now` : "the worker was removed since";
  return previews[worker]
    ? `the preview of ${worker} is ${previews[worker].version} now`
    : "the preview is ended";
}

/** Says which commands were killed, and what this one does about it. @returns whether there were any. */
export function sayInterrupted({ history }: Release, wanted: Wanted): boolean {
  const open = history.events().filter((event) => event.outcome === undefined);
  for (const event of open) console.log(`${described(event)} was interrupted: ${outcome(event, wanted)}`);
  return open.length > 0;
}

/** Brings replicas that a killed command left back to the recorded versions. */
export async function repair(release: Release, wanted: Wanted): Promise<void> {
  if (!sayInterrupted(release, wanted)) return;
  await release.runtime
    .deploy(wanted, () => undefined)
    .catch((error) => {
      if (!(error instanceof AfterwardsError)) throw error;
      console.error(`warning: ${error.message}`); // the replicas are as wanted
    });
  release.history.settle();
}

/**
 * Records the end of previews that cannot run any more: their time is over, or their worker or version was removed.
 * @returns whether there were any.
 */
export function endOver(release: Release, now = Date.now()): boolean {
  const { history, runtime } = release;
  const [known, stored] = [workerNames(release), runtime.stored()];
  const over = openPreviews(history.events()).filter(
    ({ worker, version, until = 0 }) =>
      until <= now || !known.includes(worker) || !isStored(stored, worker, version),
  );
  for (const { worker, version } of over) console.log(`the preview ${version} of ${worker} has ended`);
  record(
    history,
    over.map(({ worker, version }) => endOf(worker, version)),
  );
  return over.length > 0;
}

/**
 * Records these changes around the call that makes them. An event begins before the first replica of its worker changes;
 * one of a worker whose replicas run the version already is recorded afterwards.
 */
export async function recorded(
  { runtime, history }: Release,
  changes: readonly Change[],
  run: (replacing: Replacing) => Promise<void>,
): Promise<void> {
  const begun = new Map<string, number>();
  const begin = (some: readonly Change[]) => {
    const ids = some.length > 0 ? history.begin(some, source()) : [];
    some.forEach(({ worker }, i) => void begun.set(worker, ids[i] ?? 0));
  };
  let later: AfterwardsError | undefined;
  try {
    await run((names) => begin(changes.filter(({ worker }) => names.includes(worker))));
  } catch (error) {
    if (!(error instanceof AfterwardsError)) {
      const done = changes.filter((change) => isPreviewed(runtime, change)).map(({ worker }) => worker);
      const ids = (ended: boolean) =>
        [...begun].flatMap(([name, id]) => (done.includes(name) === ended ? [id] : []));
      failed(history, ids(true), ids(false), error);
      throw error;
    }
    later = error;
  }
  // After an error, a replica that ends again and again may be online just now: the next start or deployment records it.
  const others = later ? [] : changes.filter(({ worker }) => !begun.has(worker));
  begin(thatRun(runtime, others));
  history.finish([...begun.values()], "ok");
  history.settle();
  if (!later) return;
  const done = changes.filter(({ worker }) => begun.has(worker));
  const now = done.map(({ worker, version }) => `; the replicas of ${worker} run ${version}`).join("");
  throw new UserError(`${later.message}${now}`);
}

/** The changes whose worker runs that version and no other. */
function thatRun(runtime: Runtime, changes: readonly Change[]): Change[] {
  const running = changes.length > 0 ? runtime.running() : [];
  return changes.filter(({ worker, version }) => {
    const versions = new Set(runningVersions(running, worker));
    return versions.size === 1 && versions.has(version);
  });
}

/** Of several previews, those that started run on where another failed. */
function isPreviewed(runtime: Runtime, { kind, worker, version }: Change): boolean {
  const runs = (one: Running) => one.preview && one.worker === worker && one.version === version;
  return kind === "preview" && runtime.running().some(runs);
}

/** A history that cannot be written must not hide why the command failed. */
function failed(history: History, done: number[], ids: number[], error: unknown): void {
  try {
    history.finish(done, "ok");
    history.finish(ids, "failed", error instanceof Error ? error.message : String(error));
  } catch (second) {
    console.error(`warning: ${(second as Error).message}`);
  }
}
