import {
  chownSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Upstream } from "../../gateway/generated.ts";
import { writeMachineFiles } from "../../gateway/machine.ts";
import { PASSWORD_FILE } from "../../gateway/passwords.ts";
import type { Published } from "../../gateway/releases.ts";
import { AUTH_CACHES, inTemplates, RELOAD, renderGatewayTree } from "../../gateway/render.ts";
import { buildSite } from "../../gateway/site.ts";
import { tlsFiles } from "../host/certificate.ts";
import { clearAuthCache } from "../host/prepare.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { missingSecrets, setting, settings } from "../settings/project.ts";
import { account } from "./accounts.ts";
import { giveTo, ownFolder } from "./folders.ts";
import { ACCESS_LOG, AUTH_DIR, GATEWAY_DIR, METRICS_LOG } from "./paths.ts";
import { type Replica, spareReplica } from "./replicas.ts";
import { replicaAddress } from "./sockets.ts";

const WWW_DIR = join(GATEWAY_DIR, "www");
/** Beside the configuration, so that a reload by a deployment applies no certificate that was changed since. */
export const TLS_COPIES = { certificate: "nginx.crt", key: "nginx.key" };
const RUNNING_PASSWORDS = join(GATEWAY_DIR, "htpasswd");

/** Whether the installed nginx is that version or newer. */
function nginxSince(version: string): boolean {
  const { stderr } = Bun.spawnSync(["nginx", "-v"]);
  const [, own = "0.0.0"] = /nginx\/(\d+\.\d+\.\d+)/.exec(stderr.toString()) ?? [];
  return Bun.semver.order(own, version) >= 0;
}

function userDirective(part: string): string {
  const name = account(part)?.name;
  return name ? `user ${name};` : "";
}

function variables(): Record<string, string> {
  const bind = setting("BIND_ADDRESS");
  const directive = nginxSince("1.25.1"); // https://nginx.org/en/docs/http/ngx_http_v2_module.html#http2; earlier a parameter of `listen`
  return {
    ...settings,
    HTTPS_LISTEN: `${bind}:${setting("HTTPS_PORT")} ${directive ? "ssl" : "ssl http2"}`,
    HTTP2_DIRECTIVE: directive ? "http2 on;" : "",
    HTTP_LISTEN: `${bind}:${setting("HTTP_PORT")}`,
    STATUS_LISTEN: `127.0.0.1:${setting("STATUS_PORT")}`,
    ACCESS_LOG,
    METRICS_LOG,
    RUN_DIR: GATEWAY_DIR,
    WWW_DIR,
    GRAFANA_PORT: Bun.which("grafana-server") ? setting("GRAFANA_PORT") : "",
    USER_DIRECTIVE: userDirective("gateway"),
    VERIFIER_USER_DIRECTIVE: userDirective("verifier"),
    TLS_CERTIFICATE: TLS_COPIES.certificate,
    TLS_CERTIFICATE_KEY: TLS_COPIES.key,
    PASSWORD_FILE: RUNNING_PASSWORDS,
    AUTH_DIR,
  };
}

/** Each worker's replicas; the spare replica of a deployment is a `backup` server. */
function upstreams(all: Replica[]): Upstream[] {
  const services = new Set(all.map(({ worker }) => worker));
  return [...services].map((worker) => {
    const own = all.filter((replica) => replica.worker === worker);
    const servers = own.map((replica) => ({ address: replicaAddress(replica) }));
    const spare = { address: replicaAddress(spareReplica(worker)), backup: true };
    const lacking = missingSecrets(worker).length > 0;
    return { worker: worker.name, servers: [...servers, spare], lacking };
  });
}

/** Builds the gateway's pages; they replace the earlier ones at once. */
function publishSite(): void {
  const next = `${WWW_DIR}.new`;
  buildSite(next);
  giveTo("gateway", next);
  rmSync(WWW_DIR, { recursive: true, force: true });
  renameSync(next, WWW_DIR);
}

/** Publishes the password file to the verifiers alone; they read it for every check. */
export function publishPasswords(): void {
  if (!existsSync(GATEWAY_DIR)) return; // native mode does not run
  const next = `${RUNNING_PASSWORDS}.new`;
  rmSync(next, { force: true });
  writeFileSync(next, readFileSync(PASSWORD_FILE), { mode: 0o400, flag: "wx" });
  const owner = account("verifier");
  if (owner) chownSync(next, owner.uid, owner.gid);
  renameSync(next, RUNNING_PASSWORDS);
}

/** Removes every entry of the auth cache. */
export async function emptyAuthCache(): Promise<void> {
  if (!existsSync(AUTH_DIR)) return;
  await clearAuthCache(() => {
    for (const cache of AUTH_CACHES.map((name) => join(AUTH_DIR, name))) {
      if (!existsSync(cache)) continue;
      for (const entry of readdirSync(cache)) rmSync(join(cache, entry), { recursive: true, force: true });
    }
  });
}

/**
 * The folder of sockets and caches. Started by root, root owns it and the gateway's account may only pass through: nginx
 * creates and chowns the caches by name as root, and the owner of the folder could place a link there.
 */
function makeAuthDir(): void {
  if (!existsSync("/dev/shm"))
    throw new UserError("native mode needs /dev/shm (a tmpfs); use RUNTIME=compose");
  const gateway = account("gateway");
  ownFolder(AUTH_DIR, gateway ? 0o710 : 0o700, gateway?.gid);
}

/** Checks a rendered configuration with `nginx -t`. @throws UserError with the error of nginx. */
export function check(folder: string, which = ALL_NGINX): void {
  for (const name of which) {
    const { exitCode, stderr } = Bun.spawnSync([...nginxCommand(name, folder), "-t", "-q"]);
    const pid = pidFile(name);
    if (statSync(pid, { throwIfNoEntry: false })?.size === 0) rmSync(pid); // -t creates it where nginx does not run
    if (exitCode === 0) continue;
    const reason = inTemplates(stderr.toString(), folder);
    throw new UserError(`nginx refuses ${CONFIGS[name]}: ${reason}`);
  }
}

/** Renders and checks the configuration of gateway and verifiers, then replaces the previous one. */
export function renderGateway(all: Replica[], published: Published): void {
  const next = join(GATEWAY_DIR, "next");
  rmSync(next, { recursive: true, force: true });
  ownFolder(join(GATEWAY_DIR, "tmp"), 0o711); // nginx creates its folders for the accounts that use them
  makeAuthDir();
  ownFolder(next, 0o700);
  try {
    renderGatewayTree(next, {
      variables: variables(),
      upstreams: upstreams(all),
      newer: nginxSince("1.29.8"),
      published,
    });
    const { certificate, key } = tlsFiles();
    copyFileSync(certificate, join(next, TLS_COPIES.certificate));
    copyFileSync(key, join(next, TLS_COPIES.key));
    mustRun(["chmod", "-R", "u=rwX,go=", next]); // NAME.conf may have anything; each nginx reads it as who starts it
    writeMachineFiles(GATEWAY_DIR);
    check(next);
    for (const part of readdirSync(next)) {
      rmSync(join(GATEWAY_DIR, part), { recursive: true, force: true });
      renameSync(join(next, part), join(GATEWAY_DIR, part));
    }
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
  publishSite();
  publishPasswords();
}

/** Configuration file by process name. */
const CONFIGS = {
  "verifier-new": "verifier-new.conf",
  "verifier-recent": "verifier-recent.conf",
  gateway: "nginx.conf",
} as const;
export type Nginx = keyof typeof CONFIGS;
/** In the order of reloading: verifiers before the gateway. */
export const ALL_NGINX: readonly Nginx[] = ["verifier-new", "verifier-recent", "gateway"];

/** The `pid` of the configuration. */
export function pidFile(which: Nginx): string {
  return join(GATEWAY_DIR, CONFIGS[which].replace(/conf$/, "pid"));
}

export function nginxCommand(which: Nginx = "gateway", folder = GATEWAY_DIR): string[] {
  return ["nginx", "-p", GATEWAY_DIR, "-c", join(folder, CONFIGS[which]), "-e", "stderr"];
}

/** nginx writes its buffer when it opens its logs again, otherwise once a second. */
export async function flushAccessLog(): Promise<void> {
  Bun.spawnSync([...nginxCommand(), "-s", "reopen"]);
  await Bun.sleep(200);
}

/**
 * The published text that the gateway last loaded (publish.ts); missing from the moment it may have loaded another one, so that the
 * command after one that was killed or failed reloads.
 */
export const LOADED = join(GATEWAY_DIR, "releases.loaded");

/** Reloads the configuration; the next request is answered with it. No request is lost. */
export function reloadGateway(which: readonly Nginx[] = ALL_NGINX): void {
  if (which.includes("gateway")) rmSync(LOADED, { force: true });
  for (const name of which) {
    const file = pidFile(name);
    const pid = existsSync(file) ? readFileSync(file, "utf8").trim() : ""; // nginx says that it is missing
    const { ok, stderr } = run([RELOAD, pid, ...nginxCommand(name), "-s", "reload"]);
    if (!ok) throw new UserError(`${name} did not reload: ${stderr.split("\n").at(-1)}`);
  }
}
