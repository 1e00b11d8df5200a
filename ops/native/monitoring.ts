import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { alertmanagerVariables, prometheusPassword } from "../lib/alertmanager.ts";
import { caFile } from "../lib/certificate.ts";
import { ROOT, setting, settings } from "../lib/compose.ts";
import { writeExpectedReplicas } from "../lib/expected-replicas.ts";
import { gatewayName } from "../lib/gateway.ts";
import { ACCESS_LOG, MONITORING_DIR, PROMETHEUS_DIR, STATE_DIR } from "./paths.ts";
import { type Process, process_ } from "./process.ts";
import { renderTree } from "./render.ts";
import type { Replica } from "./replicas.ts";

const SOURCE = join(ROOT, "monitoring");
const loopback = (port: string) => `127.0.0.1:${setting(port)}`;
const which = (program: string) => Bun.which(program) ?? program;

/** Renders what the monitoring programs read; Prometheus follows a change of the targets by itself. */
export function renderMonitoring(all: Replica[]): void {
  const variables = {
    ...settings,
    CA_FILE: caFile(),
    GATEWAY_NAME: gatewayName(),
    ...alertmanagerVariables(),
  };
  rmSync(join(PROMETHEUS_DIR, "rules"), { recursive: true, force: true });
  mkdirSync(join(PROMETHEUS_DIR, "targets"), { recursive: true });
  renderTree(join(SOURCE, "prometheus"), PROMETHEUS_DIR, variables);
  mkdirSync(join(MONITORING_DIR, "alertmanager"), { recursive: true, mode: 0o700 });
  for (const part of ["alertmanager", "blackbox"]) {
    renderTree(join(SOURCE, part), join(MONITORING_DIR, part), variables);
  }
  closeFolder(join(MONITORING_DIR, "alertmanager"));
  writeFileSync(join(PROMETHEUS_DIR, "alertmanager_password"), prometheusPassword(), { mode: 0o600 });
  cpSync(join(SOURCE, "prometheus/rules"), join(PROMETHEUS_DIR, "rules"), { recursive: true });
  writeExpectedReplicas(join(PROMETHEUS_DIR, "rules"));
  const targets = all.map(({ worker, index, port }) => ({
    targets: [`127.0.0.1:${port}`],
    labels: { worker: worker.name, replica: String(index) },
  }));
  writeFileSync(join(PROMETHEUS_DIR, "targets/workers.json"), JSON.stringify(targets));
}

/** Alertmanager's files hold the webhook's URL, which is a secret, and hashes of passwords. */
function closeFolder(dir: string): void {
  chmodSync(dir, 0o700);
  for (const file of readdirSync(dir)) chmodSync(join(dir, file), 0o600);
}

/** A digest of a folder's files (not of the targets): a changed configuration is a changed process. */
function version(dir: string): Record<string, string> {
  const hash = createHash("sha256");
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile() && found.name !== "workers.json")
    .map((found) => join(found.parentPath, found.name))
    .sort()) {
    hash.update(`${entry}\0`).update(readFileSync(entry));
  }
  return { CONFIG_VERSION: hash.digest("hex").slice(0, 12) };
}

/** Prometheus, Alertmanager and what turns the gateway into metrics. */
export function monitoringProcesses(): Process[] {
  const consoles = join(SOURCE, "consoles");
  const alertmanager = join(MONITORING_DIR, "alertmanager");
  const blackbox = join(MONITORING_DIR, "blackbox");
  const logs = join(SOURCE, "access-log");
  return [
    process_("nginx-exporter", [
      which("prometheus-nginx-exporter"),
      `-nginx.scrape-uri=http://${loopback("STATUS_PORT")}/nginx_status`,
      `-web.listen-address=${loopback("EXPORTER_PORT")}`,
    ]),
    process_(
      "log-exporter",
      [
        which("mtail"),
        "-address=127.0.0.1",
        `-port=${setting("LOG_EXPORTER_PORT")}`,
        `-progs=${logs}`,
        `-logs=${ACCESS_LOG}`,
        "-emit_prog_label=false",
        "-logtostderr",
      ],
      version(logs),
    ),
    process_(
      "blackbox-exporter",
      [
        which("prometheus-blackbox-exporter"),
        `--config.file=${join(blackbox, "blackbox.yml")}`,
        `--web.listen-address=${loopback("BLACKBOX_PORT")}`,
        "--log.level=warn",
      ],
      version(blackbox),
    ),
    process_(
      "alertmanager",
      [
        which("prometheus-alertmanager"),
        `--config.file=${join(alertmanager, "alertmanager.yml")}`,
        `--web.config.file=${join(alertmanager, "web.yml")}`,
        `--storage.path=${join(STATE_DIR, "alertmanager")}`,
        `--web.listen-address=${loopback("ALERTMANAGER_PORT")}`,
        "--cluster.listen-address=", // one instance: no gossip port
      ],
      version(alertmanager),
    ),
    process_(
      "prometheus",
      [
        which("prometheus"),
        `--config.file=${join(PROMETHEUS_DIR, "native.yml")}`,
        `--storage.tsdb.path=${join(STATE_DIR, "prometheus")}`,
        "--storage.tsdb.retention.time=15d",
        "--storage.tsdb.retention.size=2GB",
        `--web.console.templates=${consoles}`,
        `--web.console.libraries=${join(consoles, "lib")}`,
        `--web.listen-address=${loopback("PROMETHEUS_PORT")}`,
        "--web.cors.origin=none", // no page of another origin; the default is every one
      ],
      version(PROMETHEUS_DIR),
    ),
    ...grafana(),
  ];
}

/** Where Grafana is installed it shows the same dashboards as in containers. */
function grafana(): Process[] {
  const home = "/usr/share/grafana";
  if (!Bun.which("grafana-server") || !existsSync(home)) return [];
  const dashboards = join(SOURCE, "grafana/dashboards");
  return [
    process_("grafana", [which("grafana-server"), "--homepath", home], {
      GF_SERVER_HTTP_ADDR: "127.0.0.1",
      GF_SERVER_HTTP_PORT: setting("GRAFANA_PORT"),
      GF_SECURITY_ADMIN_USER: setting("GATEWAY_USER"),
      GF_SECURITY_ADMIN_PASSWORD: setting("GATEWAY_PASSWORD"),
      GF_AUTH_ANONYMOUS_ENABLED: "false",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_PATHS_DATA: join(STATE_DIR, "grafana"),
      GF_PATHS_PROVISIONING: join(SOURCE, "grafana/provisioning"),
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: join(dashboards, "gateway.json"),
      DASHBOARDS_DIR: dashboards,
      PROMETHEUS_URL: `http://${loopback("PROMETHEUS_PORT")}`,
    }),
  ];
}
