// The versions of workers on a swarm. The manager keeps what each pushed or deployed version was pinned to, for a return to
// it; a service has its version as a label, which swarm's own rollback restores too.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { config } from "../host/docker/engine.ts";
import { inspectImage } from "../host/docker/images.ts";
import { versionImage } from "../host/docker/worker-images.ts";
import { run } from "../host/run.ts";
import type { Running, Stored, Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { workers } from "../settings/project.ts";
import { STATE, type StackModel, stackModel, writeJson } from "./model.ts";
import { services } from "./services.ts";

const FILE = join(STATE, "versions.json");
const LABEL = "fortress.version";

/** By worker, then version: a digest of the registry, or a tag of this engine. */
type References = Record<string, Record<string, string>>;

function read(): References {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as References) : {};
}

/** The image of a worker in the stack, which is the key of its pin. */
const imageOf = (model: StackModel, worker: string) => model.services[worker]?.image ?? "";

/** Adds what these versions are pinned to. */
export function keepReferences(versions: Versions, pins: Record<string, string>): void {
  const model = stackModel();
  const kept = read();
  for (const [worker, version] of Object.entries(versions)) {
    const { [imageOf(model, worker)]: reference } = pins;
    if (reference) kept[worker] = { ...kept[worker], [version]: reference };
  }
  writeJson(FILE, kept);
}

/** The versions that the last `make push` pushed. @throws UserError when it was an earlier release's. */
export function pushedVersions(pins: Record<string, string>, names: string[]): Versions {
  const model = stackModel();
  const kept = read();
  const found = names.map((worker) => {
    const { [imageOf(model, worker)]: pushed } = pins;
    const [version] = Object.entries(kept[worker] ?? {}).find(([, each]) => each === pushed) ?? [];
    if (!version)
      throw new UserError(`${worker} was not pushed with a version: make push REGISTRY=... first`);
    return [worker, version];
  });
  return Object.fromEntries(found);
}

/** The stack with these versions of the workers, whatever was pushed last. @throws UserError for one that is not kept. */
export function withVersions(model: StackModel, versions: Versions, kept = read()): StackModel {
  const services = { ...model.services };
  for (const [worker, version] of Object.entries(versions)) {
    const service = services[worker];
    if (!service) continue; // not started
    const { [version]: image } = kept[worker] ?? {};
    if (!image)
      throw new UserError(
        `${worker}: no image of version ${version} was pushed or deployed from here: make versions NAME=${worker}`,
      );
    const own = (service["deploy"] ?? {}) as { labels?: object };
    services[worker] = {
      ...service,
      image,
      deploy: { ...own, labels: { ...own.labels, [LABEL]: version } },
    };
  }
  return { ...model, services };
}

export function stored(): Stored[] {
  return Object.entries(read()).flatMap(([worker, versions]) =>
    Object.entries(versions).map(([version, reference]) => ({
      worker,
      version,
      bytes: inspectImage(reference)?.Size ?? 0, // 0: only in the registry
    })),
  );
}

export function running(): Running[] {
  const found = services(stackModel().name);
  return workers().flatMap(({ name: worker }) => {
    const { Spec, ServiceStatus } = found.get(worker) ?? {};
    if (!Spec || !ServiceStatus) return [];
    const { [LABEL]: version = "" } = Spec.Labels;
    return [{ worker, version, replicas: ServiceStatus.RunningTasks, preview: false }];
  });
}

/** The workers of which another version runs. */
export function changedWorkers(versions: Versions): string[] {
  const now = running().filter(({ worker, version }) => versions[worker] && versions[worker] !== version);
  return now.map(({ worker }) => worker);
}

/** Forgets a version, unless it runs, and removes its images here; a registry keeps its own. */
export function discard(worker: string, version: string): void {
  if (running().some((each) => each.worker === worker && each.version === version)) return;
  const kept = read();
  const { [version]: reference, ...others } = kept[worker] ?? {};
  writeJson(FILE, { ...kept, [worker]: others });
  // Forced, because ended tasks still have them; fails where they are not.
  const images = [versionImage(config(), worker, version), ...(reference ? [reference] : [])];
  run(["docker", "image", "rm", "--force", ...images]);
}
