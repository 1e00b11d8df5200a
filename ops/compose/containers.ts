// The containers of this project.
import { existsSync, realpathSync } from "node:fs";
import { type Exit, ending } from "../host/crash.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, ROOT } from "../settings/project.ts";

/** Ids of a service's containers, or of all, in any state. */
export function containers(service?: string): string[] {
  const list = ["ps", "--all", "--quiet", ...(service ? [service] : [])];
  const found = run(["docker", "compose", ...projectFlags(), ...list]);
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
export function projectFlags(): string[] {
  if (!envProblem) return [];
  const name = projectName();
  return ["--env-file", "/dev/null", ...(name ? ["--project-name", name] : [])];
}

/** Stops and removes the containers and their networks; volumes stay. */
export function stopContainers(): boolean {
  if (!hasContainers()) return false;
  const { ok, stderr } = run(["docker", "compose", ...projectFlags(), "down", "--remove-orphans"]);
  if (!ok) throw new UserError(`docker compose down: ${stderr.split("\n").at(-1)}`);
  return true;
}
