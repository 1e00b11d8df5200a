import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { renderTree } from "../../gateway/render.ts";
import { alertmanagerVariables, prometheusPassword } from "../host/alertmanager.ts";
import { caFile } from "../host/certificate.ts";
import { gatewayName } from "../host/gateway-client.ts";
import { writeExpectations } from "../host/scrape-targets.ts";
import { ROOT, setting, settings } from "../settings/project.ts";
import { MONITORS, runAs } from "./accounts.ts";
import { giveTo } from "./folders.ts";
import { METRICS_LOG, MONITORING_DIR, PROMETHEUS_DIR } from "./paths.ts";
import { currentProcesses, defineProcess, type Process } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { isBeside, type Replica } from "./replicas.ts";
import { dataFolder } from "./storage.ts";

const SOURCE = join(ROOT, "monitoring");
const loopback = (port: string) => `127.0.0.1:${setting(port)}`;

const GRAFANA_HOME = "/usr/share/grafana";
const GRAFANA_FILES = [
  ["grafana/dashboards", "grafana/dashboards"],
  ["grafana/provisioning", "grafana/provisioning"],
] as const;
const hasGrafana = () => Boolean(Bun.which("grafana-server")) && existsSync(GRAFANA_HOME);
/** The programs; each has its own account. */
const parts = () => [...MONITORS, ...(hasGrafana() ? ["grafana"] : [])];
const folderOf = (part: string) => join(MONITORING_DIR, part);
const CA_COPY = join(folderOf("blackbox-exporter"), "ca.pem");

/** Publishes the CA file to the blackbox exporter, which reads it for every probe. */
function publishCa(): void {
  writeFileSync(`${CA_COPY}.new`, readFileSync(caFile()));
  giveTo("blackbox-exporter", `${CA_COPY}.new`);
  renameSync(`${CA_COPY}.new`, CA_COPY);
}

/** Loads rules and configuration; a restart would leave the last samples of removed targets behind for five minutes. */
async function reloadPrometheus(): Promise<void> {
  const found = (await currentProcesses()).find(
    ({ name, status }) => name === "prometheus" && status === "online",
  );
  if (found) process.kill(found.pid, "SIGHUP");
}

/**
 * Renders the files of the monitoring programs, each into a folder for its account alone. A running Prometheus loads
 * them; the others are restarted by `version`.
 */
export async function renderMonitoring(all: Replica[]): Promise<void> {
  const variables = {
    ...settings,
    CA_FILE: CA_COPY,
    GATEWAY_NAME: gatewayName(),
    ...alertmanagerVariables(),
  };
  for (const part of parts()) mkdirSync(folderOf(part), { recursive: true, mode: 0o700 });
  for (const [source, part] of [
    ["prometheus", "prometheus"],
    ["alertmanager", "alertmanager"],
    ["blackbox", "blackbox-exporter"],
  ] as const)
    renderTree(join(SOURCE, source), folderOf(part), variables);
  writeFileSync(join(PROMETHEUS_DIR, "alertmanager_password"), prometheusPassword(), { mode: 0o600 });
  if (hasGrafana())
    writeFileSync(join(folderOf("grafana"), "admin_password"), setting("GATEWAY_PASSWORD"), { mode: 0o600 });
  publishCa();
  for (const [source, target] of [
    ["access-log/gateway.mtail", "log-exporter/gateway.mtail"],
    ["prometheus/rules", "prometheus/rules"],
    ["consoles", "prometheus/consoles"],
    ...(hasGrafana() ? GRAFANA_FILES : []),
  ] as const) {
    rmSync(folderOf(target), { recursive: true, force: true });
    cpSync(join(SOURCE, source), folderOf(target), { recursive: true });
  }
  writeExpectations(join(PROMETHEUS_DIR, "rules"));
  mkdirSync(dirname(TARGETS), { recursive: true });
  const replicas = all.map(({ worker, index, port }) => target(worker.name, String(index), String(port)));
  writeFileSync(TARGETS, JSON.stringify([...replicas, ...previewTargets()]));
  for (const part of parts()) giveTo(part, folderOf(part));
  await reloadPrometheus();
}

const TARGETS = join(PROMETHEUS_DIR, "targets/workers.json");
const target = (worker: string, replica: string, port: string) => ({
  targets: [`127.0.0.1:${port}`],
  labels: { worker, replica },
});
const previewTargets = () =>
  known()
    .filter(({ name }) => isBeside(name))
    .map(({ name, env }) => target(name, "1", env["PORT"] ?? ""));

/** Tells Prometheus of the present previews; it reads the file when that changes. */
export function writePreviewTargets(): void {
  if (!existsSync(TARGETS)) return;
  const before = readFileSync(TARGETS, "utf8");
  const replicas = (JSON.parse(before) as ReturnType<typeof target>[]).filter(
    ({ labels }) => !isBeside(labels.worker),
  );
  const text = JSON.stringify([...replicas, ...previewTargets()]);
  if (text === before) return;
  writeFileSync(`${TARGETS}.new`, text);
  giveTo("prometheus", `${TARGETS}.new`);
  renameSync(`${TARGETS}.new`, TARGETS);
}

/** A digest of a folder's files: a changed configuration restarts the process. Prometheus reloads instead. */
function version(dir: string): Record<string, string> {
  if (dir === PROMETHEUS_DIR) return {};
  const hash = createHash("sha256");
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((found) => found.isFile())
    .map((found) => join(found.parentPath, found.name))
    .sort()) {
    hash.update(`${entry}\0`).update(readFileSync(entry));
  }
  return { CONFIG_VERSION: hash.digest("hex").slice(0, 12) };
}

/** A program under its own account in its own folder, restarted when the files in it change. */
function monitor(name: string, command: string[], env: Record<string, string> = {}): Process {
  const [program = "", ...args] = command;
  const folder = folderOf(name);
  return {
    ...defineProcess(name, [Bun.which(program) ?? program, ...args], { ...version(folder), ...env }),
    ...runAs(name),
    cwd: folder,
  };
}

/** Prometheus, Alertmanager and the exporters. */
export function monitoringProcesses(): Process[] {
  return [
    monitor("nginx-exporter", [
      "prometheus-nginx-exporter",
      `-nginx.scrape-uri=http://${loopback("STATUS_PORT")}/nginx_status`,
      `-web.listen-address=${loopback("EXPORTER_PORT")}`,
    ]),
    monitor(
      "log-exporter",
      [
        "mtail",
        "-address=127.0.0.1",
        `-port=${setting("LOG_EXPORTER_PORT")}`,
        `-progs=${folderOf("log-exporter")}`,
        `-logs=${METRICS_LOG}`,
        "-emit_prog_label=false",
        "-logtostderr",
      ],
      { GOMAXPROCS: "1" }, // as in compose.yaml: on more threads a line costs half as much again
    ),
    monitor("blackbox-exporter", [
      "prometheus-blackbox-exporter",
      `--config.file=${join(folderOf("blackbox-exporter"), "blackbox.yml")}`,
      `--web.listen-address=${loopback("BLACKBOX_PORT")}`,
      "--log.level=warn",
    ]),
    monitor("alertmanager", [
      "prometheus-alertmanager",
      `--config.file=${join(folderOf("alertmanager"), "alertmanager.yml")}`,
      `--web.config.file=${join(folderOf("alertmanager"), "web.yml")}`,
      `--storage.path=${dataFolder("alertmanager")}`,
      `--web.listen-address=${loopback("ALERTMANAGER_PORT")}`,
      "--cluster.listen-address=", // one instance: no gossip port
    ]),
    monitor("prometheus", [
      "prometheus",
      `--config.file=${join(PROMETHEUS_DIR, "native.yml")}`,
      `--storage.tsdb.path=${dataFolder("prometheus")}`,
      "--storage.tsdb.retention.time=15d",
      "--storage.tsdb.retention.size=2GB",
      `--web.console.templates=${join(PROMETHEUS_DIR, "consoles")}`,
      `--web.console.libraries=${join(PROMETHEUS_DIR, "consoles/lib")}`,
      `--web.listen-address=${loopback("PROMETHEUS_PORT")}`,
      "--web.cors.origin=none", // allow no other origin; default: all
    ]),
    ...grafana(),
  ];
}

/** Grafana where it is installed, with the same dashboards as in containers. */
function grafana(): Process[] {
  if (!hasGrafana()) return [];
  const [dashboards, data] = [join(folderOf("grafana"), "dashboards"), dataFolder("grafana")];
  return [
    monitor("grafana", ["grafana-server", "--homepath", GRAFANA_HOME], {
      GF_SERVER_HTTP_ADDR: "127.0.0.1",
      GF_SERVER_HTTP_PORT: setting("GRAFANA_PORT"),
      GF_SECURITY_ADMIN_USER: setting("GATEWAY_USER"),
      GF_SECURITY_ADMIN_PASSWORD: `$__file{${join(folderOf("grafana"), "admin_password")}}`,
      GF_AUTH_ANONYMOUS_ENABLED: "false",
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_LOG_MODE: "console", // its account may not write log files below its home
      GF_PATHS_DATA: data,
      GF_PATHS_PLUGINS: join(data, "plugins"),
      GF_PATHS_PROVISIONING: join(folderOf("grafana"), "provisioning"),
      GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: join(dashboards, "gateway.json"),
      DASHBOARDS_DIR: dashboards,
      PROMETHEUS_URL: `http://${loopback("PROMETHEUS_PORT")}`,
    }),
  ];
}
