import { setting } from "./compose.ts";

function gatewayUrl(): string {
  const port = setting("HTTPS_PORT");
  return `https://localhost${port === "443" ? "" : `:${port}`}`;
}

/** Where everything answers, for people. */
export function links(): string {
  const prometheus = `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;
  const rows: [string, string][] = [
    ["Try it", `${gatewayUrl()}/`],
    ["API docs", `${gatewayUrl()}/docs`],
    ["API", `${gatewayUrl()}/predict`],
    ["Health", `${gatewayUrl()}/readyz`],
    ["Pictures", `${prometheus}/consoles/gateway.html`],
    ["", `${prometheus}/consoles/workers.html`],
    ["Prometheus", prometheus],
    ["Alerts", `http://127.0.0.1:${setting("ALERTMANAGER_PORT")}`],
  ];
  return rows.map(([name, url]) => `  ${name.padEnd(12)}${url}`).join("\n");
}

export { gatewayUrl };
