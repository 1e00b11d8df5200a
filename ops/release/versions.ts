// make versions: what is live, previewed and kept. Works while nothing runs, and beside a running command.
import { isHeld, PROJECT } from "../host/lock.ts";
import type { Running, Stored } from "../host/versions.ts";
import {
  commitOf,
  type Event,
  eventOf,
  isPinned,
  liveEvent,
  neverStarted,
  previews,
  wasUsed,
} from "./events.ts";
import { described } from "./record.ts";
import { chosen, type Release } from "./release.ts";
import { localTime, size } from "./text.ts";

interface Row {
  worker: string;
  version: string;
  /** When it last became live or a preview; absent for a version that no event names. */
  when?: string;
  commit: string;
  dirty: boolean;
  user: string;
  state: "live" | "preview" | "kept" | "failed" | "never live";
  /** Live through a rollback: a start keeps it. */
  held: boolean;
  /** Of a preview. */
  until?: string;
  replicas: number;
  bytes: number;
}

interface Report {
  versions: Row[];
  /** On disk, of all versions. */
  bytes: number;
  /** The newest event, if it did not succeed. */
  problem?: string;
}

const iso = (ms: number) => new Date(ms).toISOString();

/** Of a version that is neither live nor previewed. */
function stateOf(events: readonly Event[], one: Stored): Row["state"] {
  if (wasUsed(events, one) || events.every(({ worker }) => worker !== one.worker)) return "kept";
  return neverStarted(events, one) ? "failed" : "never live";
}

function row(events: readonly Event[], stored: Stored, running: readonly Running[], now: number): Row {
  const { worker, version, bytes } = stored;
  const live = liveEvent(events, worker);
  const preview = previews(events, now)[worker];
  const event = eventOf(events, stored);
  const isLive = live?.version === version;
  const state = isLive ? "live" : preview?.version === version ? "preview" : stateOf(events, stored);
  const own = running.filter((one) => one.worker === worker && one.version === version);
  return {
    worker,
    version,
    ...(event && { when: iso(event.began) }),
    ...commitOf(events, stored),
    user: event?.user ?? "",
    state,
    held: isLive && isPinned(live),
    ...(state === "preview" && preview && { until: iso(preview.until) }),
    replicas: own.reduce((sum, { replicas }) => sum + replicas, 0),
    bytes,
  };
}

/** "the deployment of HASH to NAME at TIME by USER failed: …" */
function problemOf(event: Event | undefined, isRunning: () => boolean): string | undefined {
  if (!event || event.outcome === "ok") return undefined;
  if (event.outcome === "failed") return `${described(event)} failed: ${event.reason}`;
  if (event.outcome === "interrupted") return `${described(event)} was interrupted`;
  if (isRunning()) return `${described(event)} has not finished: it still runs`;
  return `${described(event)} was killed: make deploy, or make reload to stay at what is live, repairs what it left`;
}

/** The versions of the worker NAME, or of all: by worker, the newest first. */
export function report(release: Release, name: string, isRunning = () => isHeld(PROJECT)): Report {
  const { runtime, history } = release;
  const names = chosen(release, name);
  const now = Date.now();
  const [events, running, stored] = [history.events(), runtime.running(), runtime.stored()];
  const isStored = (one: Running) =>
    stored.some(({ worker, version }) => worker === one.worker && version === one.version);
  const all = [...stored, ...running.filter((one) => !isStored(one)).map((one) => ({ ...one, bytes: 0 }))];
  const rows = all
    .filter(({ worker }) => name === "" || names.includes(worker))
    .map((one) => row(events, one, running, now))
    .sort((a, b) => a.worker.localeCompare(b.worker) || (b.when ?? "").localeCompare(a.when ?? ""));
  const problem = problemOf(events.at(-1), isRunning);
  return {
    versions: rows,
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(problem && { problem }),
  };
}

function cells(row: Row): string[] {
  const { worker, version, when, commit, dirty, user, state, held, until, replicas, bytes } = row;
  return [
    worker,
    version,
    when ? localTime(Date.parse(when)) : "",
    `${commit.slice(0, 8)}${dirty ? "+" : ""}`,
    user,
    until ? `${state} until ${localTime(Date.parse(until))}` : held ? `${state}, held` : state,
    String(replicas),
    size(bytes),
  ];
}

const HEAD = ["WORKER", "VERSION", "WHEN", "COMMIT", "BY", "STATE", "REPLICAS", "SIZE"];

/** Columns as wide as their widest cell. */
function table(rows: readonly string[][]): string {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function printVersions(release: Release, name: string, json: boolean): void {
  const found = report(release, name);
  if (json) {
    console.log(JSON.stringify(found, undefined, 2));
    return;
  }
  if (found.versions.length === 0) console.log("no version is kept yet: make start-project builds the first");
  else {
    console.log(table([HEAD, ...found.versions.map(cells)]));
    const count = found.versions.length;
    const legend = found.versions.some(({ dirty }) => dirty) ? '; "+": with uncommitted changes' : "";
    console.log(`${count} ${count === 1 ? "version" : "versions"}, ${size(found.bytes)} on disk${legend}`);
  }
  if (found.problem) console.log(found.problem);
}
