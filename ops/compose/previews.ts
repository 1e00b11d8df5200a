// Previews, services NAME.preview, and their watchers, NAME.shadow and NAME.canary, of a generated Compose file. They are made of
// the worker's resolved service, so that override files apply to them too, and every call of Compose reads the file while it exists.
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Config, config, type ModelService } from "../host/docker/engine.ts";
import { inspectImage } from "../host/docker/images.ts";
import { missingImage, versionImage } from "../host/docker/worker-images.ts";
import { mustRun, run } from "../host/run.ts";
import { replaceFile } from "../host/state.ts";
import { type Preview, previewName, type Wanted } from "../host/versions.ts";
import { workers } from "../settings/project.ts";
import { BESIDE, containers, inspect, isWatcher, previewedWorker, serviceOf } from "./containers.ts";
import { prepareFolder, type Watcher, watcherService, watchers } from "./watchers.ts";

export type Previews = Wanted["previews"];

/** Those that have not ended by themselves. */
export function lasting(previews: Previews, now = Date.now()): Previews {
  return Object.fromEntries(Object.entries(previews).filter(([, { until }]) => until > now));
}

/** The key of the empty volume of one version's preview. */
const ownVolume = (worker: string, version: string, key: string) =>
  `${previewName(worker)}-${version}-${key}`;
const OWN_VOLUME = /\.preview-[0-9a-f]{12}-/;

/** One replica of another version with the configuration of the worker. */
export function previewService(
  { services }: Config,
  worker: string,
  { version, until, sharesData }: Preview,
  data: string | undefined,
  image: string,
): ModelService {
  const { build: _build, volumes = [], ...service } = services[worker] ?? {};
  const own = volumes.map((mount) =>
    mount.type === "volume" && mount.source === data && !sharesData
      ? { ...mount, source: ownVolume(worker, version, mount.source ?? "") }
      : mount,
  );
  return {
    ...service,
    image,
    volumes: own,
    environment: { ...service.environment, PREVIEW_UNTIL: String(until) },
    restart: "on-failure", // it ends itself with code 0
    deploy: { ...service.deploy, replicas: 1 },
  };
}

/** Writes the Compose file of these previews and watchers; removes it when there is none. */
function writeBeside(previews: Previews, watching: readonly Watcher[]): void {
  if (Object.keys(previews).length + watching.length === 0) {
    rmSync(BESIDE, { force: true });
    return;
  }
  const model = config();
  const made = Object.entries(previews).map(([worker, preview]) => {
    const data = workers().find(({ name }) => name === worker)?.data;
    const image = versionImage(model, worker, preview.version);
    return [previewName(worker), previewService(model, worker, preview, data, image)] as [
      string,
      ModelService,
    ];
  });
  for (const one of watching)
    made.push([one.name, watcherService(model, one, versionImage(model, one.worker, one.version))]);
  const used = made.flatMap(([, { secrets = [] }]) => secrets.map(({ source }) => source));
  const mounted = made.flatMap(([, { volumes = [] }]) => volumes.map(({ source = "" }) => source));
  // Also what compose.yaml defines, so that the file stays valid when the worker is removed there.
  const secrets = Object.entries(model.secrets ?? {}).filter(([name]) => used.includes(name));
  const volumes = mounted.filter((key) => OWN_VOLUME.test(key)).map((key) => [key, {}]);
  const file = {
    services: Object.fromEntries(made),
    secrets: Object.fromEntries(secrets),
    volumes: Object.fromEntries(volumes),
  };
  mkdirSync(dirname(BESIDE), { recursive: true });
  replaceFile(BESIDE, JSON.stringify(file, null, 2), 0o600);
}

/** Removes the containers of all other previews and watchers, and the volumes of previews. */
export function endOthers({ previews: kept, ...others }: Wanted): void {
  const names = watchers({ previews: kept, ...others }).map(({ name }) => name);
  const ended = inspect(containers()).filter((container) => {
    const service = serviceOf(container);
    const worker = previewedWorker(service);
    if (isWatcher(service)) return !names.includes(service);
    return worker !== undefined && !kept[worker];
  });
  const ids = ended.map(({ Id }) => Id);
  if (ids.length > 0) mustRun(["docker", "stop", ...ids]);
  if (ids.length > 0) mustRun(["docker", "rm", "--force", ...ids]);
  const label = `label=com.docker.compose.project=${config().name}`;
  const { stdout } = run(["docker", "volume", "ls", "--quiet", "--filter", label]);
  const own = Object.entries(kept).filter(([, { sharesData }]) => !sharesData);
  const inUse = own.map(([worker, { version }]) => `${previewName(worker)}-${version}-`);
  const unused = stdout
    .split("\n")
    .filter((name) => OWN_VOLUME.test(name) && !inUse.some((prefix) => name.includes(`_${prefix}`)));
  if (unused.length > 0) run(["docker", "volume", "rm", ...unused]); // one that is still mounted stays
}

/**
 * Starts and replaces previews, shadow and canary. One that does not become ready is removed.
 * @param up starts a service and waits for it.
 * @returns what runs, and the error of the first that does not.
 */
export async function startBeside(
  wanted: Wanted,
  up: (services: string[]) => Promise<void>,
): Promise<{ running: Wanted; problem?: unknown }> {
  const previews = { ...lasting(wanted.previews) };
  let running: Wanted = { ...wanted, previews };
  const problems: unknown[] = [];
  const leaveOut = (worker: string, reason: unknown) => {
    problems.push(reason);
    delete previews[worker];
  };
  const model = config();
  for (const [worker, { version }] of Object.entries(previews)) {
    if (!inspectImage(versionImage(model, worker, version))) leaveOut(worker, missingImage(worker, version));
  }
  prepareFolder(running);
  writeBeside(previews, watchers(running));
  for (const worker of Object.keys(previews)) {
    try {
      await up(["--no-deps", previewName(worker)]);
    } catch (error) {
      leaveOut(worker, error);
      writeBeside(previews, watchers(running));
    }
  }
  for (const { name } of watchers(running)) {
    try {
      await up(["--no-deps", name]);
    } catch (error) {
      problems.push(error);
      const { shadow, canary, ...others } = running;
      running = name.endsWith(".shadow")
        ? { ...others, ...(canary && { canary }) }
        : { ...others, ...(shadow && { shadow }) };
      writeBeside(previews, watchers(running));
    }
  }
  return { running, problem: problems[0] };
}
