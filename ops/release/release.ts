// What the commands share: the workers they mean, the build of the sources, and what is live.
import { checkTypes } from "../host/types.ts";
import type { Running, Stored, Versions } from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import { UserError } from "../settings/fail.ts";
import type { WorkerService } from "../settings/project.ts";
import { distance } from "../settings/unknown.ts";
import { type Change, endOf, liveEvent } from "./events.ts";
import type { History } from "./history.ts";
import { source } from "./source.ts";

/** In watch mode the processes run the sources as they change: nothing is checked, recorded or kept back. */
export const watches = () => process.env["WATCH"] === "1";

export interface Release {
  runtime: Runtime;
  history: History;
  /** Of compose.yaml. */
  workers: readonly Pick<WorkerService, "name" | "replicas" | "data">[];
}

export const workerNames = ({ workers }: Release) => workers.map(({ name }) => name);

/** The worker that NAME names; all without one. @throws UserError for an unknown one. */
export function chosen(release: Release, name: string): string[] {
  const known = workerNames(release);
  if (name === "" || known.includes(name)) return name === "" ? known : [name];
  const [nearest = ""] = known.toSorted((a, b) => distance(name, a) - distance(name, b));
  const meant = distance(name, nearest) <= Math.max(2, name.length / 3) ? `did you mean ${nearest}? ` : "";
  throw new UserError(`there is no worker "${name}"; ${meant}compose.yaml has ${known.join(", ") || "none"}`);
}

/** The versions of a worker's replicas, previews aside. `running` takes a runtime a while: ask it once. */
export function runningVersions(running: readonly Running[], worker: string): string[] {
  return running.flatMap((one) => (one.worker === worker && !one.preview ? [one.version] : []));
}

/** Records what has happened already. */
export function record(history: History, changes: readonly Change[]): void {
  if (changes.length > 0) history.finish(history.begin(changes, source()), "ok");
}

export function isStored(stored: readonly Stored[], worker: string, version: string): boolean {
  return stored.some((one) => one.worker === worker && one.version === version);
}

/** Removes what is stored of a version. Never a reason to fail. */
export function discard(runtime: Runtime, { worker, version }: Pick<Stored, "worker" | "version">): void {
  try {
    runtime.discard(worker, version);
  } catch (error) {
    console.error(`warning: ${version} of ${worker} is not removed: ${(error as Error).message}`);
  }
}

const HASH = /^[0-9a-f]{12}$/;

/**
 * Where the history of a worker was lost, or none was kept yet: what runs is live, and what is stored counts as used, so
 * both can be rolled back to. Recorded as the end of a preview, which neither dates a version nor makes it live.
 */
export function adopt({ runtime, history, workers }: Release): void {
  const known = new Set(history.events().map(({ worker }) => worker));
  const lost = runtime.stored().filter(({ worker }) => !known.has(worker));
  const ends = lost.map(({ worker, version }) => endOf(worker, version));
  const running = runtime.running().filter(({ preview, version }) => !preview && HASH.test(version));
  const most = running.toSorted((a, b) => b.replicas - a.replicas);
  const starts = workers.flatMap(({ name: worker }): Change[] => {
    const version = most.find((one) => one.worker === worker)?.version;
    const from = { commit: "", dirty: false };
    return version && !known.has(worker) ? [{ kind: "start", worker, version, previous: "", from }] : [];
  });
  record(history, [...ends, ...starts]);
}

/**
 * Builds what the sources of these workers say, and checks types if that replaces a running version. A version that is
 * built for the first time and fails the check is removed.
 */
export async function build(release: Release, names: string[]): Promise<Versions> {
  if (names.length === 0) return {};
  const { runtime, history } = release;
  const versions = await runtime.build(names);
  const running = runtime.running();
  const changes = (name: string) =>
    runningVersions(running, name).some((version) => version !== versions[name]);
  if (!names.some(changes) || watches()) return versions;
  try {
    checkTypes();
  } catch (error) {
    const used = [...history.events(), ...running];
    const isUsed = (name: string) =>
      used.some(({ worker, version }) => worker === name && version === versions[name]);
    for (const worker of names.filter((name) => !isUsed(name)))
      discard(runtime, { worker, version: versions[worker] ?? "" });
    throw error;
  }
  return versions;
}

/**
 * The live version of these workers: the recorded one, otherwise the one that runs, where its bundle or image is there.
 * Otherwise they are built.
 */
export async function live(release: Release, names: string[]): Promise<Versions> {
  if (names.length === 0) return {};
  const { runtime, history } = release;
  const [events, stored, running] = [history.events(), runtime.stored(), runtime.running()];
  const kept = names.flatMap((name): [string, string][] => {
    const runs = runningVersions(running, name);
    const candidates = [liveEvent(events, name)?.version, ...runs].filter((version) => version !== undefined);
    const version = candidates.find((each) => runs.includes(each) || isStored(stored, name, each));
    if (!version && candidates[0])
      console.log(
        `${name}: ${candidates[0]}, its version, is no longer kept, or damaged: building the sources instead`,
      );
    return version ? [[name, version]] : [];
  });
  const found: Versions = Object.fromEntries(kept);
  return {
    ...found,
    ...(await build(
      release,
      names.filter((name) => found[name] === undefined),
    )),
  };
}
