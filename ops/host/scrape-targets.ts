// What Prometheus should see: the number of targets, and the replicas of each worker.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, startable, type WorkerService } from "../settings/project.ts";

interface PrometheusConfig {
  scrape_configs: {
    job_name: string;
    static_configs?: { targets: string[] }[];
    dns_sd_configs?: { names: string[] }[];
  }[];
}

/** The number of targets: every replica of the workers that can be started, and each target in the configuration. */
export function expectedTargets(
  config = "native.yml.template",
  started: Pick<WorkerService, "replicas">[] = startable(),
): number {
  const text = readFileSync(join(ROOT, "monitoring/prometheus", config), "utf8");
  const { scrape_configs } = parse(text) as PrometheusConfig;
  const named = scrape_configs
    .filter(({ job_name }) => job_name !== "workers")
    .flatMap(({ static_configs = [], dns_sd_configs = [] }) => [
      ...static_configs.flatMap(({ targets }) => targets),
      ...dns_sd_configs.flatMap(({ names }) => names), // one address each, on one machine
    ]);
  return started.reduce((sum, { replicas }) => sum + replicas, named.length);
}

/** The replicas of compose.yaml as recording rules: Prometheus has no series of a missing replica. */
export function expectedReplicas(services: Pick<WorkerService, "name" | "replicas">[] = startable()): string {
  const rules = services.map(({ name, replicas }) => ({
    record: "worker:replicas:expected",
    expr: `vector(${replicas})`,
    labels: { worker: name },
  }));
  return JSON.stringify({ groups: [{ name: "expected-replicas", rules }] }, null, 2); // JSON is YAML
}

/** Writes the rules into a rules folder of Prometheus. */
export function writeExpectedReplicas(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "expected-replicas.yml"), expectedReplicas());
}
