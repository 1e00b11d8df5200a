import { join } from "node:path";
import { ROOT } from "../settings/project.ts";
import { runAs, workerPart } from "./accounts.ts";
import { bundleDir, sharedBun, type Versions } from "./bundle.ts";
import { type Nginx, nginxCommand, pidFile } from "./gateway.ts";
import { monitoringProcesses } from "./monitoring.ts";
import { ACCESS_LOG, AUTH_DIR, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { defineProcess, type Process } from "./pm2.ts";
import type { Replica } from "./replicas.ts";

/** A worker runs from its bundle; with WATCH from the working tree. */
export function workerProcess({ worker, index, port }: Replica, versions: Versions): Process {
  const env = {
    ...worker.environment,
    HOST: "127.0.0.1",
    PORT: String(port),
    REPLICA: String(index),
    DRAIN_DELAY_MS: "0", // no DNS cache: nginx retries a refused connection at once
    NODE_ENV: "production",
  };
  const name = `${worker.name}-${index}`;
  const grace = Number(worker.environment["DRAIN_TIMEOUT_MS"] ?? 10_000) + 2000;
  if (process.env["WATCH"]) {
    const source = join(ROOT, "workers", `${worker.name}.ts`);
    return defineProcess(name, [process.execPath, "--watch", "--no-clear-screen", source], env, grace);
  }
  // The path holds the version, so a changed source is a changed process.
  const cwd = bundleDir(versions[worker.name] ?? "");
  const command = [sharedBun(), `${worker.name}.js`];
  return { ...defineProcess(name, command, env, grace), ...runAs(workerPart(worker.name)), cwd };
}

/** The masters run as root, to listen on 443 and read the key; `user` in the configuration sets the workers' account. */
function nginxProcess(name: Nginx, socket: string, killTimeout?: number): Process {
  const start = [join(ROOT, "ops/native/nginx.sh"), pidFile(name), join(AUTH_DIR, socket)];
  const nginx = [...nginxCommand(name).map(which), "-g", "daemon off;"];
  return defineProcess(name, [...start, ...nginx], {}, killTimeout);
}

/** Bounds the size of every log. */
function rotationProcess(): Process {
  const script = join(ROOT, "ops/native/rotate-logs.sh");
  return defineProcess("log-rotation", [script, GATEWAY_DIR, ACCESS_LOG, LOG_DIR]);
}

/** All processes of native mode, the gateway after its workers. */
export function processes(replicas: Replica[], versions: Versions): Process[] {
  return [
    ...replicas.map((replica) => workerProcess(replica, versions)),
    nginxProcess("verifier-new", "verifier-new.sock"),
    nginxProcess("verifier-recent", "verifier-recent.sock"),
    nginxProcess("gateway", "auth.sock", 10_000),
    ...monitoringProcesses(),
    rotationProcess(),
  ];
}

function which(program: string): string {
  return Bun.which(program) ?? program;
}
