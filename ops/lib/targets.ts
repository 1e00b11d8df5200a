import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, workers } from "./compose.ts";

interface PrometheusConfig {
  scrape_configs: { static_configs?: { targets: string[] }[] }[];
}

/** How many targets Prometheus scrapes: every replica, and each one its configuration names. */
export function expectedTargets(config = "native.yml.template"): number {
  const text = readFileSync(join(ROOT, "monitoring/prometheus", config), "utf8");
  const named = (parse(text) as PrometheusConfig).scrape_configs.flatMap(({ static_configs = [] }) =>
    static_configs.flatMap(({ targets }) => targets),
  );
  return workers().reduce((sum, { replicas }) => sum + replicas, named.length);
}
