// The containers of this project.
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { type Exit, ending } from "../host/crash.ts";
import { composeWith, config } from "../host/docker/engine.ts";
import { VERSION_LABEL } from "../host/docker/worker-images.ts";
import { mustRun, run } from "../host/run.ts";
import { canaryName, previewName, type Running, shadowName } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, ROOT, workers } from "../settings/project.ts";

/** The Compose file of previews, shadow and canary; it exists while there are some. */
export const BESIDE = join(ROOT, ".state/beside.yaml");

/** `docker compose` with what runs beside the replicas. */
export function compose(...args: string[]): string[] {
  const command = existsSync(BESIDE) ? composeWith(BESIDE) : ["docker", "compose"];
  return [...command, ...projectFlags(), ...args];
}

const project = () => (envProblem ? projectName() : config().name);

/** Ids of a service's containers, or of all, in any state. `docker compose ps` takes ten times as long. */
export function containers(service?: string): string[] {
  const labels = [`project=${project()}`, "oneoff=False", ...(service ? [`service=${service}`] : [])];
  const filters = labels.flatMap((label) => ["--filter", `label=com.docker.compose.${label}`]);
  const found = run(["docker", "ps", "--all", "--quiet", "--no-trunc", ...filters]);
  return found.stdout.split("\n").filter(Boolean);
}

export function hasContainers(): boolean {
  return containers().length > 0;
}

export interface Container {
  Id: string;
  Name: string;
  Image: string;
  /** ISO 8601. */
  Created: string;
  RestartCount: number;
  State: {
    Status: string;
    Running: boolean;
    ExitCode: number;
    OOMKilled: boolean;
    Health?: { Status: string };
  };
  Config: { Labels: Record<string, string> };
}

export const serviceOf = ({ Config }: Container) => Config.Labels["com.docker.compose.service"] ?? "";

/** The worker of a preview's service. A worker's name has no dot. */
export function previewedWorker(service: string): string | undefined {
  const [worker = ""] = service.split(".");
  return service === previewName(worker) ? worker : undefined;
}

/** Whether a service is a shadow or a canary. */
export function isWatcher(service: string): boolean {
  const [worker = ""] = service.split(".");
  return service === shadowName(worker) || service === canaryName(worker);
}

/** The versions of the workers' running containers, which have the labels of their images. */
export function running(): Running[] {
  const found = new Map<string, Running>();
  const known = workers().map(({ name }) => name);
  for (const container of inspect(containers()).filter(({ State }) => State.Running)) {
    const service = serviceOf(container);
    const preview = previewedWorker(service);
    const worker = preview ?? service;
    if (!known.includes(worker)) continue;
    const { [VERSION_LABEL]: version = "" } = container.Config.Labels;
    const key = `${service} ${version}`;
    const { replicas = 0 } = found.get(key) ?? {};
    found.set(key, { worker, version, replicas: replicas + 1, preview: preview !== undefined });
  }
  return [...found.values()];
}

export function inspect(ids: string[]): Container[] {
  if (ids.length === 0) return [];
  return JSON.parse(mustRun(["docker", "inspect", ...ids])) as Container[];
}

/** How a container ended last. Its state says this only until it is restarted, the engine's events also after that. */
function exitOf({ Id, Created, State }: Container): Exit {
  const filters = [`container=${Id}`, "event=die", "event=oom"].flatMap((filter) => ["--filter", filter]);
  const period = ["--since", Created, "--until", new Date().toISOString()];
  const format = '{{.Action}} {{index .Actor.Attributes "exitCode"}}';
  const { stdout } = run(["docker", "events", ...period, ...filters, "--format", format]);
  const codes = [...stdout.matchAll(/^die (\d+)$/gm)];
  const code = Number(codes.at(-1)?.[1] ?? State.ExitCode);
  const outOfMemory = State.OOMKilled || /^oom\b/m.test(stdout);
  return { code, outOfMemory, ...(code === 137 ? { signal: "SIGKILL" } : {}) };
}

/** Why a container ended, from what it wrote since a time. */
export function endOf(container: Container, since = container.Created): string {
  const { stdout, stderr } = run(["docker", "logs", "--since", since, "--tail", "200", container.Id]);
  return ending(`${stdout}\n${stderr}`, exitOf(container));
}

/** The Compose project of this checkout, read from its containers, for a .env that cannot be read. */
function projectName(): string | undefined {
  const label = (name: string) => `{{.Label "com.docker.compose.project${name}"}}`;
  const { stdout } = run(["docker", "ps", "--all", "--format", `${label(".working_dir")}\t${label("")}`]);
  const rows = stdout.split("\n").map((line) => line.split("\t"));
  return rows.find(([folder = ""]) => existsSync(folder) && realpathSync(folder) === realpathSync(ROOT))?.[1];
}

/** Flags with which Compose finds the containers; it does not read a .env that cannot be read. */
function projectFlags(): string[] {
  if (!envProblem) return [];
  const name = projectName();
  return ["--env-file", "/dev/null", ...(name ? ["--project-name", name] : [])];
}

/** Removes the networks of a Compose project; of one that stays, says what is connected to it. */
function removeNetworks(name: string | undefined): void {
  const label = `label=com.docker.compose.project=${name}`;
  const { stdout } = run(["docker", "network", "ls", "--filter", label, "--format", "{{.Name}}"]);
  for (const network of stdout.split("\n").filter(Boolean)) {
    if (run(["docker", "network", "rm", network]).ok) continue;
    const format = "{{range .Containers}}{{.Name}} {{end}}";
    const connected = run(["docker", "network", "inspect", "--format", format, network]).stdout.trim();
    const reason =
      connected || "a container that no longer exists (the engine forgets it when it is restarted)";
    console.error(`warning: the network ${network} stays for the next start; connected to it: ${reason}`);
  }
}

/** Stops and removes the containers and their networks; volumes stay. */
export function stopContainers(): boolean {
  if (!hasContainers()) return false;
  const name = project();
  const { ok, stderr } = run(compose("down", "--remove-orphans"));
  const isKept = /has active endpoints/.test(stderr); // of a container that is removed: older engines
  if (!ok && !isKept) throw new UserError(`docker compose down: ${stderr.split("\n").at(-1)}`);
  removeNetworks(name); // Compose says nothing about one that it keeps
  return true;
}
