// Shadow and canary: services NAME.shadow and NAME.canary.
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Published } from "../../gateway/releases.ts";
import { readState } from "../../workers/runtime/canary/contract.ts";
import { canarySettings, publishedCanary } from "../host/canary-settings.ts";
import type { Config, ModelService } from "../host/docker/engine.ts";
import { DOCKER_DNS } from "../host/docker/gateway-tree.ts";
import { sampleOf, shadowSettings } from "../host/shadow-settings.ts";
import { canaryName, previewName, shadowName, type Wanted } from "../host/versions.ts";
import { ROOT } from "../settings/project.ts";

/** The process that watches two versions: stable's with another argument, without the worker's data and access to other networks. */
export interface Watcher {
  worker: string;
  version: string;
  name: string;
  argument: string;
  environment: Record<string, string>;
  volumes: { type: string; source: string; target: string }[];
}

export function watcherService({ services }: Config, watcher: Watcher, image: string): ModelService {
  const { worker, argument, environment, volumes } = watcher;
  const { build: _build, volumes: _volumes, networks = {}, ...service } = services[worker] ?? {};
  const { outbound: _outbound, ...own } = networks as Record<string, unknown>;
  return {
    ...service,
    image,
    networks: own,
    command: [argument],
    environment: { ...service.environment, ...environment },
    volumes,
    deploy: { ...service.deploy, replicas: 1 },
  };
}

const serviceName = (worker: string, isPreview: boolean) => (isPreview ? previewName(worker) : worker);

/** The canary's folder: the gateway has it in its mounted configuration, the canary's service alone. */
const CANARY = join(ROOT, ".state/gateway/canary");
const MOUNTED = "/canary";

/** What the process of this canary has decided; undefined before it began. */
export const canaryState = (id: string) => readState(CANARY, id);

/** Empty, which is a share of 0, unless it is the wanted canary's. The service's user is another one: .state is closed. */
export function prepareFolder({ canary }: Wanted): void {
  if (!canary || !canaryState(canary.id)) rmSync(CANARY, { recursive: true, force: true });
  if (!canary) return;
  mkdirSync(CANARY, { recursive: true });
  chmodSync(CANARY, 0o777);
  chmodSync(join(ROOT, ".state"), 0o700);
}

/** Shadow and canary, as their processes are given them; without what cannot run, because one of the versions does not. */
export function watchers(wanted: Wanted): Watcher[] {
  const shadow = shadowSettings(wanted, (worker, isPreview) => [`${serviceName(worker, isPreview)}:8080`]);
  const canary = canarySettings(wanted, { folder: MOUNTED, prometheus: "http://prometheus:9090" });
  return [
    ...(shadow
      ? [
          {
            ...shadow.stable,
            name: shadowName(shadow.stable.worker),
            argument: "--shadow",
            environment: { SHADOW: JSON.stringify(shadow) },
            volumes: [],
          },
        ]
      : []),
    ...(canary
      ? [
          {
            ...canary.stable,
            name: canaryName(canary.stable.worker),
            argument: "--canary",
            environment: { CANARY: JSON.stringify(canary) },
            volumes: [{ type: "bind", source: CANARY, target: MOUNTED }],
          },
        ]
      : []),
  ];
}

/** What is published of them. */
export function publishedBeside(wanted: Wanted): Pick<Published, "sample" | "canary"> {
  const names = watchers(wanted).map(({ name }) => name);
  const { shadow } = wanted;
  const servers = (worker: string, isPreview: boolean) => [
    { address: `${serviceName(worker, isPreview)}:8080`, resolve: true },
  ];
  const canary = publishedCanary(wanted, "/etc/fortress/canary", servers, DOCKER_DNS);
  return {
    ...(shadow && names.includes(shadowName(shadow.from)) && { sample: sampleOf(shadow) }),
    ...(canary && names.includes(canaryName(canary.worker)) && { canary }),
  };
}
