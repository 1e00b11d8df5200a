// The containers of this project.
import { existsSync, realpathSync } from "node:fs";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, ROOT } from "../settings/project.ts";

/** Ids of a service's containers, or of all, in any state. */
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
  /** ISO 8601. */
  Created: string;
  RestartCount: number;
  State: { Status: string; Running: boolean; ExitCode: number; Health?: { Status: string } };
  Config: { Labels: Record<string, string> };
}

export function inspect(ids: string[]): Container[] {
  if (ids.length === 0) return [];
  return JSON.parse(mustRun(["docker", "inspect", ...ids])) as Container[];
}

/** The last error line of a container's log, otherwise its last line. */
export function lastLogLine(id: string): string {
  const { stdout, stderr } = run(["docker", "logs", "--tail", "5", id]);
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "the log is empty";
}

/** The Compose project of this checkout, read from its containers, for a .env that cannot be read. */
function projectName(): string | undefined {
  const label = (name: string) => `{{.Label "com.docker.compose.project${name}"}}`;
  const { stdout } = run(["docker", "ps", "--all", "--format", `${label(".working_dir")}\t${label("")}`]);
  const rows = stdout.split("\n").map((line) => line.split("\t"));
  return rows.find(([folder = ""]) => existsSync(folder) && realpathSync(folder) === realpathSync(ROOT))?.[1];
}

/** Flags with which Compose finds the containers; undefined where there are none. */
function projectFlags(): string[] | undefined {
  if (!envProblem) return hasContainers() ? [] : undefined;
  const name = projectName();
  return name ? ["--env-file", "/dev/null", "--project-name", name] : undefined;
}

/** Stops and removes the containers and their networks; volumes stay. */
export function stopContainers(): boolean {
  const flags = projectFlags();
  if (!flags) return false;
  const { ok, stderr } = run(["docker", "compose", ...flags, "down", "--remove-orphans"]);
  if (!ok) throw new UserError(`docker compose down: ${stderr.split("\n").at(-1)}`);
  return true;
}
