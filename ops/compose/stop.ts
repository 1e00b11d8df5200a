import { existsSync, realpathSync } from "node:fs";
import { run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { envProblem, ROOT } from "../settings/project.ts";
import { hasContainers } from "./containers.ts";

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
