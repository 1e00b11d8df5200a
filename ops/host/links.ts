import { readRoutes } from "../../gateway/routes.ts";
import { setting } from "../settings/project.ts";
import { gatewayUrl } from "./gateway-client.ts";
import { startedRuntime } from "./state.ts";

/** Grafana where it runs, otherwise the same dashboards as pages of Debian's Prometheus (version 3 has none). */
function dashboards(prometheus: string): [string, string][] {
  const containers = startedRuntime() === "compose";
  const rows: [string, string][] = [];
  if (containers || Bun.which("grafana-server"))
    rows.push(["Grafana", `http://127.0.0.1:${setting("GRAFANA_PORT")}`]);
  if (!containers)
    rows.push(
      ["Dashboards", `${prometheus}/consoles/gateway.html`],
      ["", `${prometheus}/consoles/workers.html`],
    );
  return rows;
}

/** Where everything answers, for people. */
export function links(): string {
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const rows: [string, string][] = [
    ["Try it", `${gatewayUrl()}/`],
    ["API docs", `${gatewayUrl()}/docs`],
    ...readRoutes().map(({ name }, i): [string, string] => [
      i === 0 ? "APIs" : "",
      `${gatewayUrl()}/${name}`,
    ]),
    ["Health", `${gatewayUrl()}/readyz`],
    ...dashboards(prometheus),
    ["Prometheus", prometheus],
    ["Alerts", `http://127.0.0.1:${setting("ALERTMANAGER_PORT")} (as ${setting("GATEWAY_USER")})`],
  ];
  return rows.map(([name, url]) => `  ${name.padEnd(12)}${url}`).join("\n");
}
