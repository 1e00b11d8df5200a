import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type WorkerService, workers } from "../settings/project.ts";

/** What compose.yaml wants to run, as a recording rule: Prometheus cannot see a replica that is not there. */
export function expectedReplicas(services: WorkerService[] = workers()): string {
  const rules = services.map(({ name, replicas }) => ({
    record: "worker:replicas:expected",
    expr: `vector(${replicas})`,
    labels: { worker: name },
  }));
  return JSON.stringify({ groups: [{ name: "expected-replicas", rules }] }, null, 2); // JSON is YAML
}

/** Writes the rule into a folder that Prometheus reads rules from. */
export function writeExpectedReplicas(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "expected-replicas.yml"), expectedReplicas());
}
