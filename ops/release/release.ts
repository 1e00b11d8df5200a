// What the commands share: the workers they mean, the build of the sources, and what is live.
import { checkTypes } from "../host/types.ts";
import type { Stored, Versions } from "../host/versions.ts";
import type { Runtime } from "../runtime.ts";
import { UserError } from "../settings/fail.ts";
import type { WorkerService } from "../settings/project.ts";
import { distance } from "../settings/unknown.ts";
import { liveEvent } from "./events.ts";
import type { History } from "./history.ts";

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

/** The versions of the replicas of a worker that run now, previews aside. */
export function runningVersions(runtime: Runtime, worker: string): string[] {
  return runtime.running().flatMap((one) => (one.worker === worker && !one.preview ? [one.version] : []));
}

export function isStored(stored: readonly Stored[], worker: string, version: string): boolean {
  return stored.some((one) => one.worker === worker && one.version === version);
}

/** Builds what the sources of these workers say; checks types first if that replaces a running version. */
export async function build(runtime: Runtime, names: string[]): Promise<Versions> {
  if (names.length === 0) return {};
  const versions = await runtime.build(names);
  const changes = (name: string) =>
    runningVersions(runtime, name).some((version) => version !== versions[name]);
  if (names.some(changes) && !watches()) checkTypes();
  return versions;
}

/**
 * The live version of these workers: the recorded one, otherwise the one that runs, where its bundle or image is there.
 * Otherwise they are built.
 */
export async function live({ runtime, history }: Release, names: string[]): Promise<Versions> {
  const [events, stored] = [history.events(), runtime.stored()];
  const kept = names.flatMap((name): [string, string][] => {
    const runs = runningVersions(runtime, name);
    const candidates = [liveEvent(events, name)?.version, ...runs].filter((version) => version !== undefined);
    const version = candidates.find((each) => runs.includes(each) || isStored(stored, name, each));
    if (!version && candidates[0])
      console.log(`${name}: ${candidates[0]}, its version, is no longer kept: building the sources instead`);
    return version ? [[name, version]] : [];
  });
  const found: Versions = Object.fromEntries(kept);
  return {
    ...found,
    ...(await build(
      runtime,
      names.filter((name) => found[name] === undefined),
    )),
  };
}
