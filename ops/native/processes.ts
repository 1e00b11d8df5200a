import { join } from "node:path";
import { ROOT } from "../settings/project.ts";
import { runAs, workerPart } from "./accounts.ts";
import { bundleDir, sharedBun, type Versions } from "./bundle.ts";
import { type Nginx, nginxCommand, pidFile } from "./gateway.ts";
import { monitoringProcesses } from "./monitoring.ts";
import { ACCESS_LOG, AUTH_DIR, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { defineProcess, type Process } from "./pm2.ts";
import type { Replica } from "./replicas.ts";

/** A worker runs from the bundle of its version; while one develops, from the working tree. */
export function workerProcess({ worker, index, port }: Replica, versions: Versions): Process {
  const env = {
    ...worker.environment,
    HOST: "127.0.0.1",
    PORT: String(port),
    REPLICA: String(index),
    DRAIN_DELAY_MS: "0", // nginx retries a refused connection at once; there is no DNS to wait for
    NODE_ENV: "production",
  };
  const name = `${worker.name}-${index}`;
  const grace = Number(worker.environment["DRAIN_TIMEOUT_MS"] ?? 10_000) + 2000;
  if (process.env["WATCH"]) {
    const source = join(ROOT, "workers", `${worker.name}.ts`);
    return defineProcess(name, [process.execPath, "--watch", "--no-clear-screen", source], env, grace);
  }
  // The version is part of the path: a changed source is a changed process, and the next start replaces it.
  const cwd = bundleDir(versions[worker.name] ?? "");
  const command = [sharedBun(), `${worker.name}.js`];
  return { ...defineProcess(name, command, env, grace), ...runAs(workerPart(worker.name)), cwd };
}

/** nginx' masters stay root, who listens on 443 and reads the key; `user` in the configuration says who answers. */
function nginxProcess(name: Nginx, socket: string, killTimeout?: number): Process {
  const start = [join(ROOT, "ops/native/nginx.sh"), pidFile(name), join(AUTH_DIR, socket)];
  const nginx = [...nginxCommand(name).map(which), "-g", "daemon off;"];
  return defineProcess(name, [...start, ...nginx], {}, killTimeout);
}

/** Bounds every log, under the process manager like everything else. */
function rotationProcess(): Process {
  const script = join(ROOT, "ops/native/rotate-logs.sh");
  return defineProcess("log-rotation", [script, GATEWAY_DIR, ACCESS_LOG, LOG_DIR]);
}

/** Everything native mode runs, the gateway after the workers it needs. */
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
