// The containers of this project, whatever runs in them.
import { existsSync, realpathSync } from "node:fs";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, ROOT } from "../settings/project.ts";

/** Ids of a service's containers, or of all, whatever their state. */
export function containers(service?: string): string[] {
  const found = run(["docker", "compose", "ps", "--all", "--quiet", ...(service ? [service] : [])]);
  return found.stdout.split("\n").filter(Boolean);
}

export function hasContainers(): boolean {
  return containers().length > 0;
}

export interface Container {
  Id: string;
  Name: string;
  Image: string;
  RestartCount: number;
  State: { Status: string; Running: boolean; ExitCode: number };
  Config: { Labels: Record<string, string> };
}

export function inspect(ids: string[]): Container[] {
  if (ids.length === 0) return [];
  return JSON.parse(mustRun(["docker", "inspect", ...ids])) as Container[];
}

/** What a container said last, in one line. */
export function lastComplaint(id: string): string {
  const { stdout, stderr } = run(["docker", "logs", "--tail", "5", id]);
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it logged nothing";
}

/** Of this checkout, from its containers: .env, which may name another than compose.yaml, cannot be read. */
function projectName(): string | undefined {
  const label = (name: string) => `{{.Label "com.docker.compose.project${name}"}}`;
  const { stdout } = run(["docker", "ps", "--all", "--format", `${label(".working_dir")}\t${label("")}`]);
  const rows = stdout.split("\n").map((line) => line.split("\t"));
  return rows.find(([folder = ""]) => existsSync(folder) && realpathSync(folder) === realpathSync(ROOT))?.[1];
}

/** What Compose needs to know to find the containers; undefined where there are none. */
function found(): string[] | undefined {
  if (!envProblem) return hasContainers() ? [] : undefined;
  const name = projectName();
  return name ? ["--env-file", "/dev/null", "--project-name", name] : undefined;
}

/** Stops and removes the containers and their networks; Prometheus' and Grafana's data stay. */
export function stopContainers(): boolean {
  const flags = found();
  if (!flags) return false;
  const { ok, stderr } = run(["docker", "compose", ...flags, "down", "--remove-orphans"]);
  if (!ok) throw new UserError(`docker compose down: ${stderr.split("\n").at(-1)}`);
  return true;
}
