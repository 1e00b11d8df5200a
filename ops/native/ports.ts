import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { holders, portTaken } from "../host/port-holder.ts";
import { UserError } from "../settings/fail.ts";
import { setting, workers } from "../settings/project.ts";
import { RUN_DIR } from "./paths.ts";
import { canaryReplica, previewReplica, type Replica, shadowReplica, spareReplica } from "./replicas.ts";

/** The ports of the running project, which do not count as in use. */
const PORTS_FILE = join(RUN_DIR, "ports.json");

interface Wanted {
  host: string;
  port: number;
  variable: string;
}

/** Of each worker, beside its replicas. */
const BESIDE = [spareReplica, previewReplica, shadowReplica, canaryReplica];

const address = ({ host, port }: Wanted): string => `${host}:${port}`;

/** Every port native mode listens on, with its variable. */
export function wantedPorts(replicas: Replica[]): Wanted[] {
  const bind = setting("BIND_ADDRESS");
  const named = (variable: string, host = "127.0.0.1"): Wanted => ({
    host,
    port: Number(setting(variable)),
    variable,
  });
  return [
    named("HTTPS_PORT", bind),
    named("HTTP_PORT", bind),
    named("STATUS_PORT"),
    named("EXPORTER_PORT"),
    named("LOG_EXPORTER_PORT"),
    named("BLACKBOX_PORT"),
    named("ALERTMANAGER_PORT"),
    named("PROMETHEUS_PORT"),
    ...(Bun.which("grafana-server") ? [named("GRAFANA_PORT")] : []),
    ...[...replicas, ...workers().flatMap((worker) => BESIDE.map((replicaOf) => replicaOf(worker)))].map(
      ({ port }) => ({
        host: "127.0.0.1",
        port,
        variable: "WORKER_PORT_BASE",
      }),
    ),
  ];
}

function listenOnce({ host, port }: Wanted): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => done(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
}

/** The error for ports below 1024, with a command that adds 8000 to each. */
export function needsRoot(wanted: Wanted[]): string {
  const low = wanted.filter(({ port }) => port < 1024);
  const moved = low.map(({ variable, port }) => `${variable}=${port + 8000}`).join(" ");
  const ports = low.map(({ port }) => port).join(" and ");
  return `only root may listen on ${ports}; run as root, or: ${moved} make start-project (or set them in .env)`;
}

/** Addresses of the running project; undefined where none were recorded. */
export function recordedPorts(): string[] | undefined {
  return existsSync(PORTS_FILE) ? (JSON.parse(readFileSync(PORTS_FILE, "utf8")) as string[]) : undefined;
}

export function recordPorts(wanted: Wanted[], before: readonly string[] = []): void {
  writeFileSync(PORTS_FILE, JSON.stringify([...new Set([...before, ...wanted.map(address)])]));
}

/** @throws UserError for a port of the running project that another program took while its process was down. */
function refuseOthers({ port, variable }: Wanted, own: ReadonlySet<number>): void {
  const found = holders(port);
  if (found.length > 0 && !found.some(({ pid }) => own.has(pid)))
    throw new UserError(portTaken(port, variable, found));
}

/**
 * @param held the addresses of the running project.
 * @param own its processes; without them nothing is known of who listens on `held`.
 * @throws UserError with the first port that is unavailable, its variable and who has it.
 */
export async function checkPorts(
  wanted: Wanted[],
  held: readonly string[] = [],
  own?: ReadonlySet<number>,
): Promise<void> {
  const seen = new Map<number, string>();
  for (const want of wanted) {
    const other = seen.get(want.port);
    if (other)
      throw new UserError(`${want.variable} and ${other} both use port ${want.port}; change one in .env`);
    seen.set(want.port, want.variable);
    if (held.includes(address(want))) {
      if (own) refuseOthers(want, own);
      continue;
    }
    const code = await listenOnce(want);
    if (code === undefined) continue;
    const { host, port, variable } = want;
    if (code === "EADDRINUSE") throw new UserError(portTaken(port, variable));
    if (code === "EACCES") throw new UserError(needsRoot(wanted));
    throw new UserError(
      `cannot listen on ${host}:${port} (${code}); set BIND_ADDRESS or ${variable} in .env`,
    );
  }
}
