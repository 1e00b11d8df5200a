import {
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { PASSWORD_FILE } from "../../gateway/passwords.ts";
import { renderGatewayTree } from "../../gateway/render.ts";
import { tlsFiles } from "../host/certificate.ts";
import { clearAuthCache } from "../host/prepare.ts";
import { UserError } from "../settings/fail.ts";
import { gatewaySettings, setting } from "../settings/project.ts";
import { account } from "./accounts.ts";
import { ownFolder } from "./folders.ts";
import { capOpenFiles, openFileLimit } from "./open-files.ts";
import { ACCESS_LOG, AUTH_DIR, GATEWAY_DIR } from "./paths.ts";
import { type Replica, spareReplica } from "./replicas.ts";
import { publishSite } from "./site.ts";

const WWW_DIR = join(GATEWAY_DIR, "www");
const RUNNING_PASSWORDS = join(GATEWAY_DIR, "htpasswd");

function nginxVersion(): number[] {
  const { stderr } = Bun.spawnSync(["nginx", "-v"]);
  return (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(stderr.toString()) ?? []).slice(1).map(Number);
}

/** `http2 on;` came with 1.25.1 and replaced the parameter of `listen`. */
function http2(): { listen: string; directive: string } {
  const [major = 0, minor = 0, patch = 0] = nginxVersion();
  const modern = major * 1e6 + minor * 1e3 + patch >= 1_025_001;
  return modern ? { listen: "ssl", directive: "http2 on;" } : { listen: "ssl http2", directive: "" };
}

function userDirective(part: string): string {
  const name = account(part)?.name;
  return name ? `user ${name};` : "";
}

function variables(): Record<string, string> {
  const bind = setting("BIND_ADDRESS");
  const { listen, directive } = http2();
  const { certificate, key } = tlsFiles();
  return {
    ...gatewaySettings,
    HTTPS_LISTEN: `${bind}:${setting("HTTPS_PORT")} ${listen}`,
    HTTP2_DIRECTIVE: directive,
    HTTP_LISTEN: `${bind}:${setting("HTTP_PORT")}`,
    STATUS_LISTEN: `127.0.0.1:${setting("STATUS_PORT")}`,
    ACCESS_LOG,
    ACCESS_LOG_COPY: "", // one file for people and for the log exporter
    RUN_DIR: GATEWAY_DIR,
    WWW_DIR,
    GRAFANA_PORT: Bun.which("grafana-server") ? setting("GRAFANA_PORT") : "",
    USER_DIRECTIVE: userDirective("gateway"),
    VERIFIER_USER_DIRECTIVE: userDirective("verifier"),
    TLS_CERTIFICATE: certificate,
    TLS_CERTIFICATE_KEY: key,
    PASSWORD_FILE: RUNNING_PASSWORDS,
    AUTH_DIR,
  };
}

/**
 * Native mode knows its replicas: the one `server … resolve` line of a rendered upstream becomes a plain list, with
 * the same parameters, and a last resort that listens while a deployment replaces them. @throws UserError when the file has no such line.
 */
export function listReplicas(upstream: string, name: string, ports: number[], spare?: number): string {
  const line = /^( *)server \S+ resolve( [^;]*)?;$/m;
  if (!line.test(upstream))
    throw new UserError(`gateway/templates/upstreams/${name}.conf.template has no server line`);
  return upstream
    .replace(/^ *resolver .*\n/m, "")
    .replace(line, (_whole, indent, rest = "") =>
      [...ports.map((port) => `${port}${rest}`), ...(spare ? [`${spare}${rest} backup`] : [])]
        .map((server) => `${indent}server 127.0.0.1:${server};`)
        .join("\n"),
    );
}

function writeUpstreams(all: Replica[], folder: string): void {
  for (const worker of new Set(all.map((replica) => replica.worker))) {
    const { name } = worker;
    const path = join(folder, "upstreams", `${name}.conf`);
    if (!existsSync(path))
      throw new UserError(`${name} has no gateway/templates/upstreams/${name}.conf.template`);
    const ports = all.filter(({ worker }) => worker.name === name).map(({ port }) => port);
    writeFileSync(path, listReplicas(readFileSync(path, "utf8"), name, ports, spareReplica(worker).port));
  }
}

/** Gives the running verifiers, and nobody else, the users of the password file; they read it for every question. */
export function publishPasswords(): void {
  if (!existsSync(GATEWAY_DIR)) return; // native mode does not run
  const next = `${RUNNING_PASSWORDS}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, readFileSync(PASSWORD_FILE), { mode: 0o400, flag: "wx" });
  const owner = account("verifier");
  if (owner) chownSync(next, owner.uid, owner.gid);
  renameSync(next, RUNNING_PASSWORDS);
}

/** Forgets every credential that was verified. */
export async function forgetVerified(): Promise<void> {
  if (!existsSync(AUTH_DIR)) return;
  await clearAuthCache(() => {
    for (const cache of ["cache", "recent"].map((name) => join(AUTH_DIR, name))) {
      if (!existsSync(cache)) continue;
      for (const entry of readdirSync(cache)) rmSync(join(cache, entry), { recursive: true, force: true });
    }
  });
}

/**
 * The folder of sockets and caches. Started by root it is root's, and the gateway's account may only pass: nginx makes
 * and chowns the caches in it by name as root, and who owns a folder can put a link there.
 */
function makeAuthDir(): void {
  if (!existsSync("/dev/shm"))
    throw new UserError("native mode needs /dev/shm (a tmpfs); use RUNTIME=compose");
  const gateway = account("gateway");
  ownFolder(AUTH_DIR, gateway ? 0o710 : 0o700, gateway?.gid);
}

/** Lets nginx check a rendered configuration that is not in force yet. @throws UserError with what nginx refuses. */
function check(folder: string): void {
  for (const name of ALL_NGINX) {
    const { exitCode, stderr } = Bun.spawnSync([...nginxCommand(name, folder), "-t", "-q"]);
    const pid = pidFile(name);
    if (statSync(pid, { throwIfNoEntry: false })?.size === 0) rmSync(pid); // -t makes it where nginx does not run
    if (exitCode === 0) continue;
    const reason = stderr.toString().trim().replaceAll(`${folder}/`, "gateway/templates/");
    throw new UserError(`nginx refuses ${CONFIGS[name]}: ${reason}`);
  }
}

/** Renders the configuration of gateway and verifiers, lets nginx check it, and puts it in the place of the one before. */
export function renderGateway(all: Replica[]): void {
  const next = join(GATEWAY_DIR, "next");
  rmSync(next, { recursive: true, force: true });
  ownFolder(join(GATEWAY_DIR, "tmp"), 0o711); // nginx makes each folder in it for the account that uses it
  makeAuthDir();
  try {
    renderGatewayTree(next, variables());
    for (const config of Object.values(CONFIGS)) {
      const path = join(next, config);
      writeFileSync(path, capOpenFiles(readFileSync(path, "utf8"), openFileLimit()));
    }
    writeUpstreams(all, next);
    check(next);
    for (const part of readdirSync(next)) {
      rmSync(join(GATEWAY_DIR, part), { recursive: true, force: true });
      renameSync(join(next, part), join(GATEWAY_DIR, part));
    }
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  publishSite(WWW_DIR);
  publishPasswords();
}

/** The nginx of the gateway, by the name of their process, in the order in which a change must reach them. */
const CONFIGS = {
  "verifier-new": "verifier-new.conf",
  "verifier-recent": "verifier-recent.conf",
  gateway: "nginx.conf",
} as const;
export type Nginx = keyof typeof CONFIGS;
export const ALL_NGINX: readonly Nginx[] = ["verifier-new", "verifier-recent", "gateway"];

/** As each configuration names it. */
export function pidFile(which: Nginx): string {
  return join(GATEWAY_DIR, CONFIGS[which].replace(/conf$/, "pid"));
}

export function nginxCommand(which: Nginx = "gateway", folder = GATEWAY_DIR): string[] {
  return ["nginx", "-p", GATEWAY_DIR, "-c", join(folder, CONFIGS[which]), "-e", "stderr"];
}

/** Lets gateway and verifier read their configuration again without losing a request. */
export function reloadGateway(which: readonly Nginx[] = ALL_NGINX): void {
  for (const name of which) {
    const { exitCode, stderr } = Bun.spawnSync([...nginxCommand(name), "-s", "reload"]);
    if (exitCode !== 0) throw new UserError(`the ${name} did not reload: ${stderr.toString().trim()}`);
  }
}
