import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { UserError } from "../settings/fail.ts";
import { setting, workers } from "../settings/project.ts";
import { RUN_DIR } from "./paths.ts";
import { type Replica, spareReplica } from "./replicas.ts";

/** What the running project listens on: a port of its own is not another program's. */
const HELD = join(RUN_DIR, "ports.json");

interface Wanted {
  host: string;
  port: number;
  variable: string;
}

const address = ({ host, port }: Wanted): string => `${host}:${port}`;

/** Every port native mode listens on, with the variable that moves it. */
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
    ...[...replicas, ...workers().map((worker) => spareReplica(worker))].map(({ port }) => ({
      host: "127.0.0.1",
      port,
      variable: "WORKER_PORT_BASE",
    })),
  ];
}

function listenOnce({ host, port }: Wanted): Promise<string | undefined> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => done(error.code));
    server.listen({ host, port, exclusive: true }, () => server.close(() => done(undefined)));
  });
}

/** What to type instead, with every port that only root may have moved up: 443 becomes 8443. */
export function needsRoot(wanted: Wanted[]): string {
  const low = wanted.filter(({ port }) => port < 1024);
  const moved = low.map(({ variable, port }) => `${variable}=${port + 8000}`).join(" ");
  const ports = low.map(({ port }) => port).join(" and ");
  return `only root may listen on ${ports}; run as root, or: ${moved} make start-project (put them into .env to keep them)`;
}

/** Addresses that the running project has; undefined where nothing was written down. */
export function heldPorts(): string[] | undefined {
  return existsSync(HELD) ? (JSON.parse(readFileSync(HELD, "utf8")) as string[]) : undefined;
}

export function holdPorts(wanted: Wanted[], before: readonly string[] = []): void {
  writeFileSync(HELD, JSON.stringify([...new Set([...before, ...wanted.map(address)])]));
}

/**
 * `held`: what this project listens on already.
 * @throws UserError naming the first port that cannot be had, and the variable to change.
 */
export async function checkPorts(wanted: Wanted[], held: readonly string[] = []): Promise<void> {
  const seen = new Map<number, string>();
  for (const want of wanted) {
    const other = seen.get(want.port);
    if (other)
      throw new UserError(`${want.variable} and ${other} both want port ${want.port}; change one in .env`);
    seen.set(want.port, want.variable);
    if (held.includes(address(want))) continue;
    const code = await listenOnce(want);
    if (code === undefined) continue;
    const { host, port, variable } = want;
    if (code === "EADDRINUSE") {
      throw new UserError(`port ${port} is taken by another program; stop it or set ${variable} in .env`);
    }
    if (code === "EACCES") throw new UserError(needsRoot(wanted));
    throw new UserError(
      `cannot listen on ${host}:${port} (${code}); set BIND_ADDRESS or ${variable} in .env`,
    );
  }
}
