import { ASKS, deployments, graph, type Page, type Panel, PREVIEW, stat, withMarks } from "./panel.ts";

const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const proxied = 'gateway_requests_total{upstream!=""}';
/** Requests to workers, without previews. Those that the candidate of a canary answers are of clients like any other. */
const live = `upstream!="",upstream!~"${PREVIEW}"`;
const asked = `http_requests_total{worker!~"${ASKS}",route!~"/livez|/readyz|/metrics"}`;
const hourly = (labels = '{upstream!=""}') => `rate(gateway_requests_total${labels}[1h])`;
const quantile = (q: number, by: string, upstreams = live) =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate(`gateway_request_duration_seconds_bucket{${upstreams}}`)}))`;

const stats: Panel[] = [
  stat(
    "Gateway",
    "state",
    "Whether the last probe got an answer over HTTPS.",
    { answers: 'probe_success{job="probe"}' },
    1,
  ),
  stat("Requests", "requests/s", "All requests, including refused ones.", {
    requests: `sum(${rate("gateway_requests_total")})`,
  }),
  stat(
    "Failed",
    "ratio",
    "Share of the requests to workers, without previews, that ended with a 5xx. Objective: at most 0.5 %.",
    {
      failed:
        `(sum(${rate(`gateway_requests_total{${live},status=~"5.."}`)}) or vector(0))` +
        ` / sum(${rate(`gateway_requests_total{${live}}`)})`,
    },
    0.005,
  ),
  stat(
    "p95",
    "seconds",
    "95 % of the requests to workers, without previews, are answered within this time, measured at the gateway.",
    { p95: quantile(0.95, "") },
  ),
  stat(
    "Alerts firing",
    "alerts",
    "Without Watchdog, which always fires.",
    { alerts: 'count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)' },
    0,
  ),
  stat(
    "Certificate",
    "days",
    "Days until the certificate expires.",
    { "days left": '(probe_ssl_earliest_cert_expiry{job="probe"} - time()) / 86400' },
    21,
  ),
];

const traffic: Panel[] = [
  withMarks(
    graph("Requests by status", "requests/s", "Responses to clients, by status code.", {
      "{{status}}": `sum by (status) (${rate("gateway_requests_total")})`,
    }),
  ),
  graph(
    "Refusals",
    "requests/s",
    "Requests over the rate limit, without credentials, with wrong credentials, and password checks beyond AUTH_RATE.",
    {
      "over the rate limit": rate("gateway_refused_total"),
      "no password": rate("gateway_missing_passwords_total"),
      "wrong password": rate("gateway_wrong_passwords_total"),
      "too many wrong passwords": rate("gateway_refused_guesses_total"),
    },
  ),
  withMarks(
    graph(
      "Latency",
      "seconds",
      "Percentiles over all requests to workers, without previews; p99 far above p50 means that a few requests wait.",
      { p50: quantile(0.5, ""), p95: quantile(0.95, ""), p99: quantile(0.99, "") },
    ),
  ),
  withMarks(
    graph("Latency by upstream, p95", "seconds", "95th percentile of each worker.", {
      "{{upstream}}": quantile(0.95, ", upstream", 'upstream!=""'),
    }),
  ),
  graph("Requests by upstream", "requests/s", "Requests that the gateway passed to each worker.", {
    "{{upstream}}": `sum by (upstream) (${rate(proxied)})`,
  }),
  graph(
    "Requests by route",
    "requests/s",
    "All unknown paths have one route name, and all unknown hosts: a scan shows as one line.",
    { "{{route}}": `sum by (route) (${rate("gateway_requests_total")})` },
  ),
];

const replicas: Panel[] = [
  graph(
    "Share of each replica",
    "ratio",
    "Share of its worker's requests that each replica answered; shares should be equal.",
    {
      "{{worker}}/{{replica}}":
        `sum by (worker, replica) (${rate(asked)})` +
        ` / on (worker) group_left () (sum by (worker) (${rate(asked)}) > 0)`,
    },
  ),
  graph(
    "Connections",
    "connections",
    "Open client connections; idle ones are kept alive without a request.",
    {
      open: "nginx_connections_active",
      idle: "nginx_connections_waiting",
      reading: "nginx_connections_reading",
      writing: "nginx_connections_writing",
    },
  ),
  graph(
    "Retries",
    "requests/s",
    "Requests sent again to another replica. A lasting rate means a broken replica.",
    { retried: rate("gateway_retries_total") },
  ),
  graph("Sent to clients", "bytes/s", "Bytes of responses, including headers.", {
    sent: rate("gateway_response_bytes_total"),
  }),
  withMarks(
    graph("Failed, last hour", "ratio", "Share of failed requests, also of routes that ignore errors.", {
      "{{upstream}}":
        `(sum by (upstream) (${hourly('{upstream!="",status=~"5.."}')}) or 0 * sum by (upstream) (${hourly()}))` +
        ` / (sum by (upstream) (${hourly()}) > 0)`,
    }),
  ),
  withMarks(
    graph(
      "Slower than the objective, last hour",
      "ratio",
      "Share of requests above 250 ms, or objective.latency of their route. Objective: at most 1 %.",
      { "{{upstream}}": "upstream:gateway_slow:ratio_rate1h" },
    ),
  ),
];

export const gateway: Page = {
  uid: "gateway",
  title: "Gateway",
  description: "Traffic, errors and latency at the gateway.",
  hasWorkerFilter: false,
  marks: deployments(),
  panels: [...stats, ...traffic, ...replicas],
};
