import { createHash } from "node:crypto";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";

const id = createHash("sha256").update(ROOT).digest("hex").slice(0, 8);
const root = process.getuid?.() === 0;

/** Kept after a stop: Prometheus' data and the logs. */
export const STATE_DIR = join(ROOT, ".state");
export const LOG_DIR = join(STATE_DIR, "logs");
/** Started by root, other accounts write the gateway's logs and the data: outside the project while it runs. */
export const ACCESS_LOG_DIR = root ? `/var/log/fortress-${id}` : LOG_DIR;
export const ACCESS_LOG = join(ACCESS_LOG_DIR, "access.log");
/** What the log exporter counts: a short line for each request. */
export const METRICS_LOG = join(ACCESS_LOG_DIR, "metrics.log");
export const DATA_DIR = root ? `/var/lib/fortress-${id}` : STATE_DIR;

/**
 * Exists from start to stop: rendered configuration, sockets, nginx's temporary files. Outside the project, because
 * accounts that may not enter the project read it, and because sockets need a short path.
 */
export const RUN_DIR = join(root ? "/run" : (process.env["XDG_RUNTIME_DIR"] ?? "/tmp"), `fortress-${id}`);
export const GATEWAY_DIR = join(RUN_DIR, "gateway");
/** The gateway's sockets and the auth cache, always on tmpfs. */
export const AUTH_DIR = join("/dev/shm", `fortress-${id}`);
export const MONITORING_DIR = join(RUN_DIR, "monitoring");
export const PROMETHEUS_DIR = join(MONITORING_DIR, "prometheus");
export const PROCESS_FILE = join(RUN_DIR, "processes.json");
export const PM2_HOME = join(RUN_DIR, "pm2");
