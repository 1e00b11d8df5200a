import { mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { NOTHING_PUBLISHED, type Published } from "../../../gateway/releases.ts";
import { renderGatewayTree } from "../../../gateway/render.ts";
import { settings, workers } from "../../settings/project.ts";
import { mustRun } from "../run.ts";
import { previewName, type Wanted } from "../versions.ts";
import { notStarted } from "./worker-secrets.ts";

/** Docker's DNS, which returns every replica of a service: https://docs.docker.com/engine/network/#dns-services */
export const DOCKER_DNS = "127.0.0.11";

/** compose.yaml and gateway/Dockerfile have the same ports, users and paths. */
const CONTAINER = {
  HTTPS_LISTEN: "8443 ssl",
  HTTP2_DIRECTIVE: "http2 on;",
  HTTP_LISTEN: "8080",
  STATUS_LISTEN: "8081",
  ACCESS_LOG: "/dev/stdout",
  METRICS_LOG: "/var/log/gateway/metrics.log",
  RUN_DIR: "/run/gateway",
  WWW_DIR: "/srv/www",
  USER_DIRECTIVE: "", // the container already runs unprivileged
  VERIFIER_USER_DIRECTIVE: "",
  TLS_CERTIFICATE: "/run/secrets/nginx.crt",
  TLS_CERTIFICATE_KEY: "/run/secrets/nginx.key",
  PASSWORD_FILE: "/run/secrets/htpasswd",
  AUTH_DIR: "/run/auth",
};

/** The versions that X-Version reaches in containers. */
export function publishedVersions({ versions, previews }: Wanted): Published {
  return {
    live: Object.entries(versions).map(([worker, version]) => ({ worker, version })),
    previews: Object.entries(previews).map(([worker, { version, until }]) => ({
      worker,
      version,
      until,
      server: { address: `${previewName(worker)}:8080`, resolve: true },
      resolver: DOCKER_DNS,
    })),
  };
}

/** Renders the gateway's configuration for containers. Changes in the number of replicas need no new one. */
export function renderContainerGateway(folder: string, published: Published = NOTHING_PUBLISHED): void {
  const lacking = new Set(notStarted().map(({ name }) => name));
  const upstreams = workers().map(({ name }) => ({
    worker: name,
    lacking: lacking.has(name),
    servers: [{ address: `${name}:8080`, resolve: true }],
    resolver: DOCKER_DNS,
  }));
  const variables = { ...settings, ...CONTAINER };
  renderGatewayTree(folder, { variables, upstreams, published, newer: true });
}

/** The same as a reproducible tar file, for nodes where nothing can be mounted. */
export function packContainerGateway(file: string): void {
  const folder = `${file}.folder`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(file), { recursive: true });
  renderContainerGateway(folder);
  const reproducible = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--mode=u=rwX,go=rX",
  ];
  mustRun(["tar", "-C", folder, ...reproducible, "-cf", file, "."]);
  rmSync(folder, { recursive: true });
}
