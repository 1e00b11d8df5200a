// The dashboards listen on the server's loopback: their links make sense only in a browser on that machine.
import { element, find } from "./dom.js";

const NAMES = { prometheus: "Prometheus", grafana: "Grafana" };

export async function showLinks() {
  if (!["localhost", "127.0.0.1"].includes(location.hostname)) return;
  const answer = await fetch("/assets/links.json", { credentials: "omit" }).catch(() => undefined);
  const ports = answer?.ok ? await answer.json() : {};
  for (const [key, name] of Object.entries(NAMES)) {
    if (ports[key]) find("#links").append(element("a", { href: `http://127.0.0.1:${ports[key]}` }, name));
  }
}
