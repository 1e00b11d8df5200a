// Previews, services NAME.preview, and the shadow, NAME.shadow, of a generated Compose file. They are made of the worker's
// resolved service, so that override files apply to them too, and every call of Compose reads the file while it exists.
import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { ShadowSettings } from "../../workers/runtime/shadow/contract.ts";
import { type Config, config, type ModelService } from "../host/docker/engine.ts";
import { inspectImage } from "../host/docker/images.ts";
import { missingImage, versionImage } from "../host/docker/worker-images.ts";
import { mustRun, run } from "../host/run.ts";
import { shadowSettings } from "../host/shadow-settings.ts";
import { replaceFile } from "../host/state.ts";
import { type Preview, previewName, shadowName, type Wanted } from "../host/versions.ts";
import { workers } from "../settings/project.ts";
import { BESIDE, containers, inspect, isShadow, previewedWorker, serviceOf } from "./containers.ts";

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

/** Stable's version with another argument, without the worker's data and access to other networks. */
export function shadowService(
  { services }: Config,
  { stable }: ShadowSettings,
  image: string,
  environment: string,
): ModelService {
  const { build: _build, volumes: _volumes, networks = {}, ...service } = services[stable.worker] ?? {};
  const { outbound: _outbound, ...own } = networks as Record<string, unknown>;
  return {
    ...service,
    image,
    networks: own,
    command: ["--shadow"],
    environment: { ...service.environment, SHADOW: environment },
    deploy: { ...service.deploy, replicas: 1 },
  };
}

/** Undefined where one of the shadow's versions does not run. */
export const shadowHere = (wanted: Wanted) =>
  shadowSettings(wanted, (worker, isPreview) => [`${isPreview ? previewName(worker) : worker}:8080`]);

/** Writes the Compose file of these previews and this shadow; removes it when there is none. */
function writeBeside(previews: Previews, shadow?: ShadowSettings): void {
  if (Object.keys(previews).length === 0 && !shadow) {
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
  if (shadow) {
    const { worker, version } = shadow.stable;
    const image = versionImage(model, worker, version);
    made.push([shadowName(worker), shadowService(model, shadow, image, JSON.stringify(shadow))]);
  }
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

/** Removes the containers of all other previews and shadows, and the volumes of previews. */
export function endOthers(kept: Previews, shadow?: ShadowSettings): void {
  const ended = inspect(containers()).filter((container) => {
    const service = serviceOf(container);
    const worker = previewedWorker(service);
    if (isShadow(service)) return service !== (shadow && shadowName(shadow.stable.worker));
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

interface Beside {
  previews: Previews;
  shadow?: ShadowSettings;
  problem?: unknown;
}

/**
 * Starts and replaces previews and the shadow. One that does not become ready is removed.
 * @param up starts a service and waits for it.
 * @returns those that run, and the error of the first that does not.
 */
export async function startBeside(
  wanted: Wanted,
  up: (services: string[]) => Promise<void>,
): Promise<Beside> {
  const running = { ...lasting(wanted.previews) };
  const problems: unknown[] = [];
  const leaveOut = (worker: string, reason: unknown) => {
    problems.push(reason);
    delete running[worker];
  };
  const model = config();
  for (const [worker, { version }] of Object.entries(running)) {
    if (!inspectImage(versionImage(model, worker, version))) leaveOut(worker, missingImage(worker, version));
  }
  let shadow = shadowHere({ ...wanted, previews: running });
  writeBeside(running, shadow);
  for (const worker of Object.keys(running)) {
    try {
      await up(["--no-deps", previewName(worker)]);
    } catch (error) {
      leaveOut(worker, error);
      if (shadow?.candidate.servers[0]?.startsWith(`${previewName(worker)}:`)) shadow = undefined;
      writeBeside(running, shadow);
    }
  }
  try {
    if (shadow) await up(["--no-deps", shadowName(shadow.stable.worker)]);
  } catch (error) {
    problems.push(error);
    shadow = undefined;
    writeBeside(running);
  }
  return { previews: running, ...(shadow && { shadow }), problem: problems[0] };
}
