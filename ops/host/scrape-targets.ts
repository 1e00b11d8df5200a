import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, workers } from "../settings/project.ts";

interface PrometheusConfig {
  scrape_configs: {
    job_name: string;
    static_configs?: { targets: string[] }[];
    dns_sd_configs?: { names: string[] }[];
  }[];
}

/** How many targets Prometheus scrapes: every replica, and each one its configuration names. */
export function expectedTargets(config = "native.yml.template"): number {
  const text = readFileSync(join(ROOT, "monitoring/prometheus", config), "utf8");
  const { scrape_configs } = parse(text) as PrometheusConfig;
  const named = scrape_configs
    .filter(({ job_name }) => job_name !== "workers")
    .flatMap(({ static_configs = [], dns_sd_configs = [] }) => [
      ...static_configs.flatMap(({ targets }) => targets),
      ...dns_sd_configs.flatMap(({ names }) => names), // one address each, on one machine
    ]);
  return workers().reduce((sum, { replicas }) => sum + replicas, named.length);
}
