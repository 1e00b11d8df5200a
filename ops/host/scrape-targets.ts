// What Prometheus should see: the number of targets, the replicas of each worker, the objectives of each route.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { latencyBuckets } from "../../gateway/objective.ts";
import { type Route, readRoutes, workersOf } from "../../gateway/routes.ts";
import { ROOT, startable, type WorkerService } from "../settings/project.ts";

interface PrometheusConfig {
  scrape_configs: {
    job_name: string;
    static_configs?: { targets: string[] }[];
    dns_sd_configs?: { names: string[] }[];
  }[];
}

/** The number of targets, without previews: every replica of the workers that can be started, and each in the configuration. */
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

/** A recording rule whose result is this number. */
const series = (record: string, value: number, labels: Record<string, string>) => ({
  record,
  expr: `vector(${value})`,
  labels,
});

/** The label `le` as Prometheus 2 has it, and as Prometheus 3 writes it: 1 and 1.0. */
const bounds = (bucket: number) => (Number.isInteger(bucket) ? [`${bucket}`, `${bucket}.0`] : [`${bucket}`]);

/** The objective of each path; rules/recording.yml joins them with the gateway's metrics. */
function objectives({ paths, objective = {} }: Route) {
  const { objective: latency, high } = latencyBuckets(objective.latency);
  return [...new Set(paths.map(({ path }) => path))].flatMap((route) => [
    series("route:errors:page", objective.errors === "ignore" ? 0 : 1, { route }),
    ...bounds(latency).map((le) => series("route:latency_objective:seconds", latency, { route, le })),
    ...bounds(high).map((le) => series("route:latency_high:seconds", high, { route, le })),
  ]);
}

/** Errors of a worker page unless all its routes ignore errors. */
function errorsPage(worker: string, routes: readonly Route[]): number {
  const own = routes.filter((route) => workersOf(route).includes(worker));
  return own.length > 0 && own.every(({ objective }) => objective?.errors === "ignore") ? 0 : 1;
}

/**
 * The replicas of compose.yaml and the objectives of gateway/routes as recording rules: Prometheus has no series of a
 * missing replica, and its alerts name no worker.
 */
export function expectations(
  services: Pick<WorkerService, "name" | "replicas">[] = startable(),
  routes: readonly Route[] = readRoutes(),
): string {
  const rules = [
    ...services.flatMap(({ name: worker, replicas }) => [
      series("worker:replicas:expected", replicas, { worker }),
      series("worker:errors:page", errorsPage(worker, routes), { worker }),
    ]),
    ...routes.flatMap(objectives),
  ];
  return JSON.stringify({ groups: [{ name: "expectations", rules }] }, null, 2); // JSON is YAML
}

/** Writes the rules into a rules folder of Prometheus. */
export function writeExpectations(dir: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "expected-replicas.yml"), expectations());
}
