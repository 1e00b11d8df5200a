import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT, setting } from "../lib/compose.ts";
import { sourceVersion } from "../lib/version.ts";
import { nginxCommand } from "./gateway.ts";
import { AUTH_DIR, LOG_DIR, PROMETHEUS_DIR, STATE_DIR } from "./paths.ts";
import type { Replica } from "./replicas.ts";

/** One process as pm2 takes it, https://pm2.keymetrics.io/docs/usage/application-declaration/. */
export interface Process {
  name: string;
  script: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  interpreter: "none";
  out_file: string;
  error_file: string;
  merge_logs: true;
  vizion: false;
  kill_timeout: number;
  restart_delay: number;
  max_restarts: number;
  min_uptime: number;
  max_memory_restart?: string;
}

function process_(
  name: string,
  command: string[],
  env: Record<string, string> = {},
  killTimeout = 5000,
): Process {
  const [script = "", ...args] = command;
  const log = join(LOG_DIR, `${name}.log`);
  return {
    name,
    script,
    args,
    cwd: ROOT,
    env,
    interpreter: "none",
    out_file: log,
    error_file: log,
    merge_logs: true,
    vizion: false,
    kill_timeout: killTimeout,
    restart_delay: 100,
    max_restarts: 1000,
    min_uptime: 1000,
  };
}

function workerProcess({ worker, index, port }: Replica, version: string): Process {
  const env = {
    ...worker.environment,
    HOST: "127.0.0.1",
    PORT: String(port),
    REPLICA: String(index),
    DRAIN_DELAY_MS: "0", // nginx retries a refused connection at once; there is no DNS to wait for
    NODE_ENV: "production",
    SOURCE_VERSION: version, // a changed source is a changed process: the next start replaces it
  };
  const watch = process.env["WATCH"] ? ["--watch", "--no-clear-screen"] : [];
  const grace = Number(worker.environment["DRAIN_TIMEOUT_MS"] ?? 10_000) + 2000;
  return process_(
    `${worker.name}-${index}`,
    [process.execPath, ...watch, join(ROOT, "workers", `${worker.name}.ts`)],
    env,
    grace,
  );
}

/** nginx does not replace a socket that a crash left behind, so it is removed first. */
function verifierProcess(): Process {
  const clean = `rm -f ${join(AUTH_DIR, "verifier.sock")}; exec "$@"`;
  const nginx = [...nginxCommand("verifier").map(which), "-g", "daemon off;"];
  return process_("verifier", [which("sh"), "-c", clean, "sh", ...nginx]);
}

function grafanaHome(): string | undefined {
  return Bun.which("grafana-server") ? "/usr/share/grafana" : undefined;
}

/** Everything native mode runs, the gateway after the workers it needs. */
export function processes(replicas: Replica[]): Process[] {
  const version = sourceVersion();
  const exporter = `127.0.0.1:${setting("EXPORTER_PORT")}`;
  const prometheus = `127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const list = [
    ...replicas.map((replica) => workerProcess(replica, version)),
    verifierProcess(),
    process_("gateway", [...nginxCommand().map(which), "-g", "daemon off;"], {}, 10_000),
    process_("nginx-exporter", [
      which("prometheus-nginx-exporter"),
      `-nginx.scrape-uri=http://127.0.0.1:${setting("STATUS_PORT")}/nginx_status`,
      `-web.listen-address=${exporter}`,
    ]),
    process_("prometheus", [
      which("prometheus"),
      `--config.file=${join(PROMETHEUS_DIR, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(STATE_DIR, "prometheus")}`,
      "--storage.tsdb.retention.time=15d",
      `--web.listen-address=${prometheus}`,
    ]),
  ];
  const home = grafanaHome();
  if (home && existsSync(home)) {
    list.push(
      process_("grafana", [which("grafana-server"), "--homepath", home], {
        GF_SERVER_HTTP_ADDR: "127.0.0.1",
        GF_SERVER_HTTP_PORT: setting("GRAFANA_PORT"),
        GF_SECURITY_ADMIN_USER: setting("GATEWAY_USER"),
        GF_SECURITY_ADMIN_PASSWORD: setting("GATEWAY_PASSWORD"),
        GF_AUTH_ANONYMOUS_ENABLED: "false",
        GF_PATHS_DATA: join(STATE_DIR, "grafana"),
      }),
    );
  }
  return list;
}

function which(program: string): string {
  return Bun.which(program) ?? program;
}
