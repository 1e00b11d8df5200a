import { join } from "node:path";
import type { CanarySettings } from "../../workers/runtime/canary/contract.ts";
import type { ShadowSettings } from "../../workers/runtime/shadow/contract.ts";
import type { Preview, Versions } from "../host/versions.ts";
import { missingSecrets, ROOT } from "../settings/project.ts";
import { runAs, workerPart } from "./accounts.ts";
import { type Nginx, nginxCommand, pidFile } from "./gateway.ts";
import { monitoringProcesses } from "./monitoring.ts";
import { ACCESS_LOG_DIR, AUTH_DIR, GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { bundleDir, sharedBun } from "./placed.ts";
import { defineProcess, type Process } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { processName, type Replica, withSecrets } from "./replicas.ts";
import { secretsVariable } from "./secrets.ts";
import { socketVariable } from "./sockets.ts";
import { volumeVariable } from "./storage.ts";

/** The exit code of a preview at its end. To pm2 a process ended by a signal has the code 0, and that is to be restarted. */
const ENDED = 99;

/** A worker runs from its bundle; with WATCH from the working tree. */
export function workerProcess(replica: Replica, versions: Versions, preview?: Preview): Process {
  const { worker, index, port } = replica;
  const env = {
    ...worker.environment,
    ...secretsVariable(worker),
    ...volumeVariable(worker, preview && !preview.sharesData ? processName(replica) : undefined),
    ...(preview && { PREVIEW_UNTIL: String(Math.round(preview.until)), PREVIEW_EXIT_CODE: String(ENDED) }),
    HOST: "127.0.0.1",
    PORT: String(port),
    ...socketVariable(replica),
    REPLICA: preview ? "1" : String(index),
    DRAIN_DELAY_MS: "0", // no DNS cache: nginx retries a refused connection at once
    NODE_ENV: "production",
  };
  const name = processName(replica);
  const grace = Number(worker.environment["DRAIN_TIMEOUT_MS"] ?? 10_000) + 2000;
  if (process.env["WATCH"] && !preview) {
    const source = join(ROOT, "workers", `${worker.name}.ts`);
    return defineProcess(name, [process.execPath, "--watch", "--no-clear-screen", source], env, grace);
  }
  const version = versions[worker.name] ?? "";
  const command = [sharedBun(), "--no-install", `${worker.name}.js`]; // Bun would fetch a package that it does not find
  const declared = defineProcess(name, command, { ...env, WORKER_VERSION: version }, grace);
  const ends = preview && { stop_exit_codes: [ENDED] };
  return { ...declared, ...runAs(workerPart(worker.name)), cwd: bundleDir(worker.name, version), ...ends };
}

/** Runs as this version of the worker with another argument, without its data. */
function besideProcess(
  replica: Replica,
  version: string,
  argument: string,
  own: Record<string, string>,
): Process {
  const { worker, port } = replica;
  const env = {
    ...worker.environment,
    ...secretsVariable(worker),
    HOST: "127.0.0.1",
    PORT: String(port),
    REPLICA: "1",
    DRAIN_DELAY_MS: "0",
    NODE_ENV: "production",
    WORKER_VERSION: version,
    ...own,
  };
  const command = [sharedBun(), "--no-install", `${worker.name}.js`, argument];
  const declared = defineProcess(processName(replica), command, env, 5000);
  return { ...declared, ...runAs(workerPart(worker.name)), cwd: bundleDir(worker.name, version) };
}

export const shadowProcess = (replica: Replica, settings: ShadowSettings) =>
  besideProcess(replica, settings.stable.version, "--shadow", { SHADOW: JSON.stringify(settings) });

export const canaryProcess = (replica: Replica, settings: CanarySettings) =>
  besideProcess(replica, settings.stable.version, "--canary", { CANARY: JSON.stringify(settings) });

/** The masters run as root, to listen on 443 and read the key; `user` in the configuration sets the workers' account. */
function nginxProcess(name: Nginx, socket: string, killTimeout?: number): Process {
  const start = [join(ROOT, "ops/native/nginx.sh"), pidFile(name), join(AUTH_DIR, socket)];
  const nginx = [...nginxCommand(name).map(which), "-g", "daemon off;"];
  return defineProcess(name, [...start, ...nginx], {}, killTimeout);
}

/** Bounds the size of every log. */
function rotationProcess(): Process {
  const script = join(ROOT, "ops/native/rotate-logs.sh");
  return defineProcess("log-rotation", [script, GATEWAY_DIR, ACCESS_LOG_DIR, LOG_DIR]);
}

/** The declared replicas whose worker lacks a secret: they keep running with the secrets they began with. */
function kept(replicas: Replica[]): Process[] {
  const lacking = replicas.filter(({ worker }) => missingSecrets(worker).length > 0).map(processName);
  return known().filter(({ name }) => lacking.includes(name));
}

/** The replicas that run after a start: without those of a worker that lacks a secret, unless they run already. */
export function present(replicas: Replica[]): Replica[] {
  const names = new Set([
    ...withSecrets(replicas).map(processName),
    ...kept(replicas).map(({ name }) => name),
  ]);
  return replicas.filter((replica) => names.has(processName(replica)));
}

/** All processes of native mode, the gateway after its workers. `others` run already and stay as they are. */
export function processes(replicas: Replica[], versions: Versions, others: Process[] = []): Process[] {
  return [
    ...withSecrets(replicas).map((replica) => workerProcess(replica, versions)),
    ...kept(replicas),
    ...others,
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
