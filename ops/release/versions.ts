// make versions: what is live, previewed and kept. Works while nothing runs, and beside a running command.
import type { Running, Stored } from "../host/versions.ts";
import { type Event, eventOf, isPinned, liveEvent, previews } from "./events.ts";
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
  state: "live" | "rolled back" | "preview" | "kept";
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

function row(events: readonly Event[], stored: Stored, running: readonly Running[], now: number): Row {
  const { worker, version, bytes } = stored;
  const live = liveEvent(events, worker);
  const preview = previews(events, now)[worker];
  const event = eventOf(events, stored);
  const isPreview = preview?.version === version;
  const state =
    live?.version === version ? (isPinned(live) ? "rolled back" : "live") : isPreview ? "preview" : "kept";
  const own = running.filter((one) => one.worker === worker && one.version === version);
  return {
    worker,
    version,
    ...(event && { when: iso(event.began) }),
    commit: event?.commit ?? "",
    dirty: event?.dirty ?? false,
    user: event?.user ?? "",
    state,
    ...(state === "preview" && preview && { until: iso(preview.until) }),
    replicas: own.reduce((sum, { replicas }) => sum + replicas, 0),
    bytes,
  };
}

/** "the deployment of HASH to NAME at TIME by USER failed: …" */
function problemOf(event: Event | undefined): string | undefined {
  if (!event || event.outcome === "ok") return undefined;
  if (event.outcome === "failed") return `${described(event)} failed: ${event.reason}`;
  return `${described(event)} ${event.outcome === "interrupted" ? "was interrupted" : "has not finished"}`;
}

/** The versions of the worker NAME, or of all: by worker, the newest first. */
export function report(release: Release, name: string, now = Date.now()): Report {
  const { runtime, history } = release;
  const names = chosen(release, name);
  const [events, running, stored] = [history.events(), runtime.running(), runtime.stored()];
  const isStored = (one: Running) =>
    stored.some(({ worker, version }) => worker === one.worker && version === one.version);
  const all = [...stored, ...running.filter((one) => !isStored(one)).map((one) => ({ ...one, bytes: 0 }))];
  const rows = all
    .filter(({ worker }) => name === "" || names.includes(worker))
    .map((one) => row(events, one, running, now))
    .sort((a, b) => a.worker.localeCompare(b.worker) || (b.when ?? "").localeCompare(a.when ?? ""));
  const problem = problemOf(events.at(-1));
  return {
    versions: rows,
    bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
    ...(problem && { problem }),
  };
}

function cells({ worker, version, when, commit, dirty, user, state, until, replicas, bytes }: Row): string[] {
  return [
    worker,
    version,
    when ? localTime(Date.parse(when)) : "",
    `${commit.slice(0, 8)}${dirty ? "+" : ""}`,
    user,
    until ? `${state} until ${localTime(Date.parse(until))}` : state,
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
