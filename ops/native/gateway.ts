import { chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSWORD_FILE } from "../../gateway/passwords.ts";
import { compose, ROOT, setting, strings } from "../lib/compose.ts";
import { UserError } from "../lib/fail.ts";
import { GATEWAY_DIR, LOG_DIR } from "./paths.ts";
import { renderTree } from "./render.ts";
import type { Replica } from "./replicas.ts";

const TEMPLATES = join(ROOT, "gateway/templates");
const WORKER_USER = "www-data"; // Debian's account for web servers

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

function variables(): Record<string, string> {
  const bind = setting("BIND_ADDRESS");
  const { listen, directive } = http2();
  const root = process.getuid?.() === 0;
  return {
    ...strings(compose.services["gateway"]?.environment),
    HTTPS_LISTEN: `${bind}:${setting("HTTPS_PORT")} ${listen}`,
    HTTP2_DIRECTIVE: directive,
    HTTP_LISTEN: `${bind}:${setting("HTTP_PORT")}`,
    STATUS_LISTEN: `127.0.0.1:${setting("STATUS_PORT")}`,
    ACCESS_LOG: join(LOG_DIR, "access.log"),
    RUN_DIR: GATEWAY_DIR,
    USER_DIRECTIVE: root ? `user ${WORKER_USER};` : "",
    TLS_CERTIFICATE: join(ROOT, "gateway/certs/nginx.crt"),
    TLS_CERTIFICATE_KEY: join(ROOT, "gateway/certs/nginx.key"),
    PASSWORD_FILE: join(GATEWAY_DIR, "htpasswd"),
  };
}

/**
 * Native mode knows its replicas: the one `server … resolve` line of a rendered upstream becomes a plain list, with
 * the same parameters. @throws UserError when the file has no such line.
 */
export function listReplicas(upstream: string, name: string, ports: number[]): string {
  const line = /^( *)server \S+ resolve( [^;]*)?;$/m;
  if (!line.test(upstream))
    throw new UserError(`gateway/templates/upstreams/${name}.conf.template has no server line`);
  return upstream
    .replace(/^ *resolver .*\n/m, "")
    .replace(line, (_whole, indent, rest = "") =>
      ports.map((port) => `${indent}server 127.0.0.1:${port}${rest};`).join("\n"),
    );
}

function writeUpstreams(all: Replica[]): void {
  for (const { name } of new Set(all.map(({ worker }) => worker))) {
    const path = join(GATEWAY_DIR, "upstreams", `${name}.conf`);
    if (!existsSync(path))
      throw new UserError(`${name} has no gateway/templates/upstreams/${name}.conf.template`);
    const ports = all.filter(({ worker }) => worker.name === name).map(({ port }) => port);
    writeFileSync(path, listReplicas(readFileSync(path, "utf8"), name, ports));
  }
}

function ownedByNginx(path: string): void {
  if (process.getuid?.() !== 0) return;
  const [uid, gid] = ["-u", "-g"].map((flag) =>
    Number(Bun.spawnSync(["id", flag, WORKER_USER]).stdout.toString().trim()),
  );
  chownSync(path, uid ?? 0, gid ?? 0);
}

/** Renders the gateway's configuration into the run directory and lets nginx check it. */
export function renderGateway(all: Replica[]): void {
  for (const part of ["conf.d", "snippets", "routes", "upstreams", "servers"]) {
    rmSync(join(GATEWAY_DIR, part), { recursive: true, force: true });
  }
  mkdirSync(join(GATEWAY_DIR, "tmp"), { recursive: true });
  renderTree(TEMPLATES, GATEWAY_DIR, variables());
  writeUpstreams(all);
  const passwords = join(GATEWAY_DIR, "htpasswd");
  copyFileSync(PASSWORD_FILE, passwords);
  ownedByNginx(passwords);
  ownedByNginx(join(GATEWAY_DIR, "tmp"));
  const check = Bun.spawnSync([...nginxCommand(), "-t", "-q"]);
  if (check.exitCode !== 0)
    throw new UserError(`nginx refuses the configuration: ${check.stderr.toString().trim()}`);
}

export function nginxCommand(): string[] {
  return ["nginx", "-p", GATEWAY_DIR, "-c", join(GATEWAY_DIR, "nginx.conf"), "-e", "stderr"];
}
