import { UserError } from "../lib/fail.ts";
import { run } from "../lib/run.ts";
import { hasContainers } from "./containers.ts";

/** Stops and removes the containers and their networks; Prometheus' and Grafana's data stay. */
export function stopContainers(): boolean {
  if (!hasContainers()) return false;
  const { ok, stderr } = run(["docker", "compose", "down", "--remove-orphans"]);
  if (!ok) throw new UserError(`docker compose down: ${stderr.split("\n").at(-1)}`);
  return true;
}
