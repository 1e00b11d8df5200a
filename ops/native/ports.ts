import { createServer } from "node:net";
import { setting, workers } from "../lib/compose.ts";
import { UserError } from "../lib/fail.ts";
import { type Replica, spareReplica } from "./replicas.ts";

interface Wanted {
  host: string;
  port: number;
  variable: string;
}

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

/** @throws UserError naming the first port that cannot be had, and the variable to change. */
export async function checkPorts(wanted: Wanted[]): Promise<void> {
  const seen = new Map<number, string>();
  for (const want of wanted) {
    const other = seen.get(want.port);
    if (other)
      throw new UserError(`${want.variable} and ${other} both want port ${want.port}; change one in .env`);
    seen.set(want.port, want.variable);
    const code = await listenOnce(want);
    if (code === undefined) continue;
    const { host, port, variable } = want;
    if (code === "EADDRINUSE") {
      throw new UserError(`port ${port} is taken by another program; stop it or set ${variable} in .env`);
    }
    if (code === "EACCES") {
      throw new UserError(`port ${port} needs root; run as root or set ${variable} to 1024 or more in .env`);
    }
    throw new UserError(
      `cannot listen on ${host}:${port} (${code}); set BIND_ADDRESS or ${variable} in .env`,
    );
  }
}
