// How the project's own clients reach the gateway: by a name that its certificate covers, at the address it listens on,
// verified with caFile. And the links that a start prints.
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { readRoutes } from "../../gateway/routes.ts";
import { setting } from "../settings/project.ts";
import { caFile, coversHost, readCertificate, serverNames } from "./certificate.ts";
import { startedRuntime } from "./state.ts";

/** localhost where the certificate covers it, otherwise the first of SERVER_NAMES that it covers. */
export function gatewayName(): string {
  const certificate = readCertificate();
  const names = serverNames().sort((a, b) => Number(b === "localhost") - Number(a === "localhost"));
  return names.find((name) => !certificate || coversHost(certificate, name)) ?? "localhost";
}

/** The address to connect to; the name need not resolve here. */
export function gatewayAddress(): string {
  const [name, bind] = [gatewayName(), setting("BIND_ADDRESS")];
  if (isIP(name)) return name;
  return bind === "0.0.0.0" ? "127.0.0.1" : bind;
}

export function gatewayUrl(): string {
  const port = setting("HTTPS_PORT");
  return `https://${gatewayName()}${port === "443" ? "" : `:${port}`}`;
}

/** The Authorization header in UTF-8, as curl and browsers send it. */
export function basicAuth(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

interface Tls {
  ca: string;
  serverName?: string;
}

/** TLS options of fetch. */
export function gatewayTls(): Tls {
  const [name, ca] = [gatewayName(), readFileSync(caFile(), "utf8")];
  return isIP(name) ? { ca } : { ca, serverName: name };
}

/** fetch for a URL of {@link gatewayUrl}, also with another port. */
export function fetchGateway(
  url: string,
  init: BunFetchRequestInit = {},
  tls = gatewayTls(),
): Promise<Response> {
  const target = new URL(url);
  const headers = new Headers(init.headers);
  headers.set("host", target.host);
  target.hostname = gatewayAddress();
  return fetch(target, { ...init, headers, tls });
}

/** Grafana where it runs; natively also the console pages of Prometheus 2 (version 3 has none). */
function dashboards(prometheus: string): [string, string][] {
  const containers = startedRuntime() === "compose";
  const rows: [string, string][] = [];
  if (containers || Bun.which("grafana-server"))
    rows.push(["Grafana", `http://127.0.0.1:${setting("GRAFANA_PORT")}`]);
  if (!containers)
    rows.push(
      ["Dashboards", `${prometheus}/consoles/gateway.html`],
      ["", `${prometheus}/consoles/workers.html`],
      ["", `${prometheus}/consoles/shadow.html`],
      ["", `${prometheus}/consoles/canary.html`],
    );
  return rows;
}

/** The URLs of the project, one a line. */
export function links(): string {
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const rows: [string, string][] = [
    ["Try it", `${gatewayUrl()}/`],
    ["API docs", `${gatewayUrl()}/docs`],
    ...readRoutes().map(({ paths }, i): [string, string] => [
      i === 0 ? "APIs" : "",
      `${gatewayUrl()}${paths[0]?.path}`,
    ]),
    ["Health", `${gatewayUrl()}/readyz`],
    ...dashboards(prometheus),
    ["Prometheus", prometheus],
    ["Alerts", `http://127.0.0.1:${setting("ALERTMANAGER_PORT")} (as ${setting("GATEWAY_USER")})`],
  ];
  return rows.map(([name, url]) => `  ${name.padEnd(12)}${url}`).join("\n");
}
