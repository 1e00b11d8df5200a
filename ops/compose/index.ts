// The runtime "compose": containers on this machine's Docker engine.
import { existsSync } from "node:fs";
import { config, engineObstacle, imageObstacle } from "../host/docker/engine.ts";
import { publishContainerPasswords, SECRETS } from "../host/docker/mounted.ts";
import { build as buildImages, prepareFiles } from "../host/docker/prepare.ts";
import { notStarted, openWorkerSecrets, startableHere } from "../host/docker/worker-secrets.ts";
import { links } from "../host/gateway-client.ts";
import { leftOut } from "../host/missing-secrets.ts";
import { portTaken, refusedPort } from "../host/port-holder.ts";
import { clearAuthCache } from "../host/prepare.ts";
import { reachable, ready, sayBeforeStop, withOutcome } from "../host/ready.ts";
import { deployRolling, notRunning, replace } from "../host/roll.ts";
import { attach, mustRun, run } from "../host/run.ts";
import type { Replacing, Versions, Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, settings, type WorkerService, workers } from "../settings/project.ts";
import {
  applyConfiguration,
  checkConfiguration,
  NGINX_SERVICES,
  partition,
  stageConfiguration,
} from "./configuration.ts";
import { containers, hasContainers, inspect, projectFlags, stopContainers } from "./containers.ts";
import { absent, rollouts, wanted } from "./roll.ts";
import { untilEnded } from "./watch.ts";

export { backup, restore } from "./backup.ts";

const WAIT_SECONDS = "180";

export const where = "in containers";

export function obstacle(): string | undefined {
  return engineObstacle() ?? imageObstacle();
}

export function isRunning(): boolean {
  return engineObstacle() === undefined && hasContainers();
}

/** @throws UserError when a container ends or does not become healthy. */
async function up(services: string[]): Promise<void> {
  const flags = ["--detach", "--no-build", "--remove-orphans", "--wait", "--wait-timeout", WAIT_SECONDS];
  const stderr = await untilEnded(["docker", "compose", "up", ...flags, ...services]);
  if (stderr === undefined) return;
  const reason = stderr.split("\n").findLast((line) => /error|unhealthy|failed/i.test(line)) ?? stderr;
  const port = refusedPort(reason);
  const variable = Object.keys(settings).find(
    (name) => name.endsWith("_PORT") && Number(settings[name]) === port,
  );
  if (port && variable) throw new UserError(portTaken(port, variable));
  throw new UserError(`the containers did not start (make logs): ${reason.trim()}`);
}

/** All services without the workers that cannot start. */
function startedServices(startable: WorkerService[]): string[] {
  const started = new Set(startable.map(({ name }) => name));
  const left = new Set(workers().flatMap(({ name }) => (started.has(name) ? [] : [name])));
  return Object.keys(config().services).filter((name) => !left.has(name));
}

export async function start(_wanted: Wanted, replacing: Replacing): Promise<void> {
  await prepareFiles();
  const before = containers();
  buildImages();
  const reload = stageConfiguration() && before.length > 0;
  const { running, others } = before.length > 0 ? partition() : { running: [], others: [] };
  if (reload) {
    checkConfiguration(others, "new");
    checkConfiguration(running);
  }
  const startable = startableHere("started");
  const rolled = rollouts(wanted(startable.map(({ name }) => name)));
  replacing(rolled.map(({ worker }) => worker));
  await replace(rolled);
  try {
    applyConfiguration(reload ? running : []);
    // The verifiers first: the gateway is then unavailable only while its own container is replaced.
    for (const service of others) await up(["--no-deps", service]);
    await up(startedServices(startable));
    reloadMonitoring(); // Compose does not react to a changed file
    const serving = startable.filter(({ replicas }) => replicas > 0).map(({ name }) => reachable(name));
    await ready("make logs", serving, startable);
  } catch (error) {
    const first = before.length === 0;
    if (first) {
      sayBeforeStop(error);
      stopContainers();
    }
    throw withOutcome(error, first);
  }
  const after = containers();
  const same = before.length === after.length && before.every((id) => after.includes(id));
  if (!same) console.log(`running: ${after.length} containers`);
  else if (reload) console.log("changed: the gateway's configuration, reloaded in place");
  else console.log("already running: nothing to change");
  if (!config().services["grafana"]) console.log("Grafana is disabled by COMPOSE_FILE");
  console.log(links());
}

/** Reloads the alert receiver, the probes and the rules. */
function reloadMonitoring(): void {
  const services = ["alertmanager", "blackbox-exporter", "prometheus"];
  mustRun(["docker", "compose", "kill", "--signal", "HUP", ...services]);
}

/** Applies templates, settings, certificate and passwords in the running containers. No request is lost. */
export async function reload(_wanted: Wanted): Promise<void> {
  await prepareFiles();
  stageConfiguration();
  checkConfiguration(NGINX_SERVICES);
  applyConfiguration(NGINX_SERVICES);
  reloadMonitoring();
  await clearAuthCache(() => {
    const clear = "rm -rf /run/auth/cache/* /run/auth/recent/*";
    mustRun(["docker", "compose", "exec", "-T", "gateway", "sh", "-c", clear]);
  });
}

export async function stop(): Promise<boolean> {
  return engineObstacle() === undefined && stopContainers();
}

/** Builds the images of these workers. */
export async function build(names: string[]): Promise<Versions> {
  console.log("building the images");
  buildImages(names);
  return {};
}

/** Replaces outdated worker containers one at a time. */
export async function deploy(_wanted: Wanted, replacing: Replacing): Promise<void> {
  openWorkerSecrets();
  const startable = startableHere("replaced").map(({ name }) => name);
  for (const name of absent().filter((each) => startable.includes(each))) console.log(notRunning(name));
  const since = ["--since", new Date().toISOString()];
  const log = ["docker", "compose", "logs", "--no-color", "--no-log-prefix", ...since, "gateway"];
  const changes = rollouts(wanted(startable));
  replacing(changes.map(({ worker }) => worker));
  await deployRolling(changes, () => run(log).stdout);
}

/** The containers, the data volumes, and the workers that are not started. */
export function status(): void {
  attach(["docker", "compose", ...projectFlags(), "ps", "--all"]);
  if (envProblem) return; // Compose cannot read the settings either
  const { volumes = {} } = config();
  for (const { name, data = "" } of workers().filter(({ data }) => data !== undefined))
    console.log(`${name}: its data is in the volume ${volumes[data]?.name ?? data}`);
  for (const { name, reason } of notStarted()) {
    const runs = inspect(containers(name)).some(({ State }) => State.Running);
    console.log(`${name}: ${leftOut(runs, reason)}`);
  }
}

export function logs(): number {
  return attach(["docker", "compose", ...projectFlags(), "logs", "--follow", "--tail", "20"]);
}

export function users() {
  if (!existsSync(SECRETS)) return undefined;
  return { place: "the containers", publish: publishContainerPasswords };
}
