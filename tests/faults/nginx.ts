// The nginx versions that the configuration supports, and a private gateway with either.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { Upstream } from "../../gateway/generated.ts";
import { renderGatewayTree } from "../../gateway/render.ts";
import { ROOT } from "../../ops/settings/project.ts";
import { gatewayVariables } from "../lib/gateway-variables.ts";

export interface Version {
  name: string;
  command: string[];
  /** Resolves workers by DNS, as in containers; an older nginx gets a static list, as in native mode. */
  resolves: boolean;
}

function version(command: string[]): Version {
  const text = Bun.spawnSync([...command, "-v"]).stderr.toString();
  const [, major = 0, minor = 0, patch = 0] = (/nginx\/(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).map(Number);
  return {
    name: `nginx ${major}.${minor}`,
    command,
    resolves: major * 1e6 + minor * 1e3 + patch >= 1_027_003,
  };
}

/** This machine's nginx, and the one that tests/check-nginx.sh unpacks. */
export function versions(): Version[] {
  const folder = join(ROOT, ".tools/nginx/usr");
  const libraries = join(folder, "lib/x86_64-linux-gnu");
  const modern = [
    join(libraries, "ld-linux-x86-64.so.2"),
    "--library-path",
    libraries,
    join(folder, "sbin/nginx"),
  ];
  return [["nginx"], ...(existsSync(join(folder, "sbin/nginx")) ? [modern] : [])].map(version);
}

let next = 20_000 + Math.floor(Math.random() * 8000);
/** A port below the ephemeral range: it stays free until something listens on it. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = next++;
  const free = await new Promise<boolean>((done) => {
    server.once("error", () => done(false)).listen(port, () => done(true));
  });
  if (!free) return freePort();
  await new Promise((done) => server.close(done));
  return port;
}

/** Addresses of each worker's replicas: one port on many addresses with DNS, one address otherwise. */
export type Workers = ReadonlyMap<string, readonly { host: string; port: number }[]>;

/** Routes of the tests' own workers. */
const ROUTES = join(ROOT, "tests/lib/routes");

/** Timeouts are divided by this, so that a silent backend costs two seconds. */
export const TIMEOUT_DIVISOR = 5;
const TIMEOUTS = /^(\s*proxy_(?:\w+_timeout|cache_lock_\w+)\s+)(\d+)s;/gm;
const LOCK_TIMEOUT_MS = 5000; // nginx's default

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

export interface GatewayOptions {
  dir: string;
  /** HTTP/1.1 without TLS: TLS is not tested here, and each of many connections would cost a handshake. */
  port: number;
  /** HTTP/2. */
  tlsPort: number;
  accessLog: string;
  workers: Workers;
  dns: number;
  tls: { certificate: string; key: string };
  passwords: string;
}

const machine = (connections: number) =>
  `worker_processes 1;\nworker_rlimit_nofile 1024;\nevents { worker_connections ${connections}; }\n`;

function upstream(
  worker: string,
  replicas: readonly { host: string; port: number }[],
  resolves: boolean,
  dns: number,
): Upstream {
  if (!resolves) return { worker, servers: replicas.map(({ port }) => ({ address: `127.0.0.1:${port}` })) };
  const server = { address: `${worker}:${replicas[0]?.port}`, resolve: true };
  return { worker, servers: [server], resolver: `127.0.0.1:${dns}` };
}

/** Renders the project's templates with shorter timeouts, one process, few connections and the tests' workers. */
export function render({ resolves }: Version, options: GatewayOptions): void {
  const { dir, port, tlsPort, accessLog, workers, dns, tls, passwords } = options;
  for (const part of ["auth", "tmp", "www"]) mkdirSync(join(dir, part), { recursive: true });
  writeFileSync(join(dir, "www/index.html"), "<!doctype html><title>Page</title>\n");
  copyFileSync(passwords, join(dir, "htpasswd"));
  const variables = {
    ...gatewayVariables(dir),
    HTTPS_LISTEN: `127.0.0.1:${port}; listen 127.0.0.1:${tlsPort} ${resolves ? "ssl" : "ssl http2"}`,
    HTTP2_DIRECTIVE: resolves ? "http2 on;" : "",
    ACCESS_LOG: accessLog,
    ...(accessLog === "/dev/full" && { METRICS_LOG: accessLog }),
    TLS_CERTIFICATE: tls.certificate,
    TLS_CERTIFICATE_KEY: tls.key,
  };
  const upstreams = [...workers].map(([worker, replicas]) => upstream(worker, replicas, resolves, dns));
  renderGatewayTree(dir, { variables, upstreams, routes: ROUTES, newer: resolves });
  writeFileSync(join(dir, "machine.conf"), machine(512));
  writeFileSync(join(dir, "machine-verifier.conf"), machine(256));
  for (const file of readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".conf"),
  ))
    edit(
      join(dir, file),
      (text) =>
        text
          .replace(
            TIMEOUTS,
            (_whole, name, seconds) => `${name}${(Number(seconds) * 1000) / TIMEOUT_DIVISOR}ms;`,
          )
          .replace(
            /^( *)proxy_cache_lock +on;(?![\s\S]*proxy_cache_lock_timeout)/gm,
            `$&\n$1proxy_cache_lock_timeout ${LOCK_TIMEOUT_MS / TIMEOUT_DIVISOR}ms;`,
          )
          .replace(/client_header_timeout \d+s;/, "client_header_timeout 60s;"), // test clients are late on a busy machine
    );
}

/** Command prefix: the child gets SIGQUIT when this process ends. */
export const DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "QUIT"];

export function start({ command }: Version, dir: string, config: string) {
  const errors = Bun.file(join(dir, `${config}.errors`));
  const args = ["-p", dir, "-c", join(dir, config), "-e", "stderr", "-g", "daemon off;"];
  return Bun.spawn([...DIES_WITH_PARENT, ...command, ...args], { stdout: "ignore", stderr: errors });
}
