// The runtime "compose": containers on this machine's Docker engine.
import { existsSync } from "node:fs";
import type { Published } from "../../gateway/releases.ts";
import { AUTH_CACHES } from "../../gateway/render.ts";
import { config, engineObstacle, imageObstacle } from "../host/docker/engine.ts";
import { publishedVersions } from "../host/docker/gateway-tree.ts";
import { publishContainerPasswords, SECRETS } from "../host/docker/mounted.ts";
import { prepareFiles } from "../host/docker/prepare.ts";
import { buildOthers } from "../host/docker/worker-images.ts";
import { notStarted, openWorkerSecrets, startableHere } from "../host/docker/worker-secrets.ts";
import { links } from "../host/gateway-client.ts";
import { publishedMaintenance } from "../host/maintenance.ts";
import { leftOut } from "../host/missing-secrets.ts";
import { portTaken, refusedPort } from "../host/port-holder.ts";
import { clearAuthCache } from "../host/prepare.ts";
import { reachable, ready, sayBeforeStop, withOutcome } from "../host/ready.ts";
import { afterwards, deployRolling, notRunning, replace } from "../host/roll.ts";
import { attach, mustRun, run } from "../host/run.ts";
import { type Replacing, shadowName, type Wanted } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, settings, type WorkerService, workers } from "../settings/project.ts";
import {
  applyConfiguration,
  checkConfiguration,
  NGINX_SERVICES,
  partition,
  publish,
  stageConfiguration,
} from "./configuration.ts";
import { compose, containers, hasContainers, inspect, stopContainers } from "./containers.ts";
import { endOthers, lasting, startBeside } from "./previews.ts";
import { absent, removeSurplus, rollouts, tagAll, targets } from "./roll.ts";
import { untilEnded } from "./watch.ts";
import { publishedBeside } from "./watchers.ts";

export { buildWorkers as build, discard, stored } from "../host/docker/worker-images.ts";
export { backup, restore } from "./backup.ts";
export { publishFiles } from "./configuration.ts";
export { running } from "./containers.ts";
export { canaryState } from "./watchers.ts";

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
  const stderr = await untilEnded(compose("up", ...flags, ...services));
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

/** What is published of what runs. */
const published = (running: Wanted): Published => ({
  ...publishedVersions(running),
  ...publishedBeside(running),
  ...publishedMaintenance(),
});

/** What is published once previews, shadow and canary run. */
const expected = (wanted: Wanted) => published({ ...wanted, previews: lasting(wanted.previews) });

/** Exactly the wanted previews, shadow and canary run; X-Version reaches the previews, and the sample is marked. */
export async function beside(wanted: Wanted): Promise<void> {
  const { running, problem } = await startBeside(wanted, up);
  publish(published(running));
  endOthers(running);
  if (problem) throw withOutcome(problem, false);
}

/** The shadow's own container asks it: it publishes no port, and has the key. */
export async function shadowReport(worker: string): Promise<unknown> {
  const { ok, stdout, stderr } = run(compose("exec", "-T", shadowName(worker), "/worker", "--shadow-report"));
  if (!ok) throw new UserError(stderr.trim().split("\n").at(-1) ?? "");
  return JSON.parse(stdout);
}

export async function accessLog(since: number): Promise<string> {
  const from = ["--since", new Date(since).toISOString()];
  return run(compose("logs", "--no-color", "--no-log-prefix", ...from, "gateway")).stdout;
}

export async function start(wanted: Wanted, replacing: Replacing): Promise<void> {
  await prepareFiles();
  const before = containers();
  buildOthers();
  const reload = stageConfiguration(expected(wanted)) && before.length > 0;
  const { running, others } = before.length > 0 ? partition() : { running: [], others: [] };
  if (reload) {
    checkConfiguration(others, "new");
    checkConfiguration(running);
  }
  const startable = startableHere("started");
  const workersToRun = targets(
    startable.map(({ name }) => name),
    wanted.versions,
  );
  for (const each of workersToRun) await removeSurplus(each);
  const rolled = rollouts(workersToRun);
  replacing(rolled.map(({ worker }) => worker));
  await replace(rolled);
  const rest = async () => {
    tagAll(workersToRun);
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
    await afterwards(() => beside(wanted));
  };
  await (before.length === 0 ? rest() : afterwards(rest));
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
  mustRun(compose("kill", "--signal", "HUP", ...services));
}

/** Applies templates, settings, certificate and passwords in the running containers. No request is lost. */
export async function reload(wanted: Wanted): Promise<void> {
  await prepareFiles();
  stageConfiguration(expected(wanted));
  checkConfiguration(NGINX_SERVICES);
  applyConfiguration(NGINX_SERVICES);
  reloadMonitoring();
  await clearAuthCache(() => {
    const clear = `rm -rf ${AUTH_CACHES.map((cache) => `/run/auth/${cache}/*`).join(" ")}`;
    mustRun(compose("exec", "-T", "gateway", "sh", "-c", clear));
  });
  await beside(wanted);
}

export async function stop(): Promise<boolean> {
  return engineObstacle() === undefined && stopContainers();
}

/** Replaces outdated worker containers one at a time. */
export async function deploy(wanted: Wanted, replacing: Replacing): Promise<void> {
  openWorkerSecrets();
  const startable = startableHere("replaced").map(({ name }) => name);
  for (const name of absent().filter((each) => startable.includes(each))) console.log(notRunning(name));
  const since = ["--since", new Date().toISOString()];
  const log = compose("logs", "--no-color", "--no-log-prefix", ...since, "gateway");
  const services = targets(startable, wanted.versions);
  for (const each of services) await removeSurplus(each);
  const changes = rollouts(services);
  replacing(changes.map(({ worker }) => worker));
  await deployRolling(changes, () => run(log).stdout);
  await afterwards(async () => {
    tagAll(services);
    await beside(wanted);
  });
}

/** The containers, the data volumes, and the workers that are not started. */
export function status(): void {
  attach(compose("ps", "--all"));
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
  return attach(compose("logs", "--follow", "--tail", "20"));
}

export function users() {
  if (!existsSync(SECRETS)) return undefined;
  return { place: "the containers", publish: publishContainerPasswords };
}
