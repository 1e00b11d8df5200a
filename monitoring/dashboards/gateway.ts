import type { Page, Panel } from "./panel.ts";

const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const proxied = 'gateway_requests_total{upstream!=""}';
const quantile = (q: number, by: string) =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate('gateway_request_duration_seconds_bucket{upstream!=""}')}))`;

const now: Panel[] = [
  {
    kind: "stat",
    title: "Gateway",
    description: "Whether the last probe got an answer over HTTPS.",
    unit: "state",
    threshold: 1,
    queries: [{ expr: 'probe_success{job="probe"}', legend: "answers" }],
  },
  {
    kind: "stat",
    title: "Requests",
    description: "All requests, including refused ones.",
    unit: "requests/s",
    queries: [{ expr: `sum(${rate("gateway_requests_total")})`, legend: "requests" }],
  },
  {
    kind: "stat",
    title: "Failed",
    description: "Share of the requests to workers that ended with a 5xx. Objective: at most 0.5 %.",
    unit: "ratio",
    threshold: 0.005,
    queries: [
      {
        expr: `(sum(${rate('gateway_requests_total{upstream!="",status=~"5.."}')}) or vector(0)) / sum(${rate(proxied)})`,
        legend: "failed",
      },
    ],
  },
  {
    kind: "stat",
    title: "p95",
    description: "95 % of the requests to workers are answered within this time, measured at the gateway.",
    unit: "seconds",
    queries: [{ expr: quantile(0.95, ""), legend: "p95" }],
  },
  {
    kind: "stat",
    title: "Alerts firing",
    description: "Without Watchdog, which always fires.",
    unit: "alerts",
    threshold: 0,
    queries: [
      {
        expr: 'count(ALERTS{alertstate="firing",alertname!="Watchdog"}) or vector(0)',
        legend: "alerts",
      },
    ],
  },
  {
    kind: "stat",
    title: "Certificate",
    description: "Days until the certificate expires.",
    unit: "days",
    threshold: 21,
    queries: [
      { expr: '(probe_ssl_earliest_cert_expiry{job="probe"} - time()) / 86400', legend: "days left" },
    ],
  },
];

const traffic: Panel[] = [
  {
    kind: "graph",
    title: "Requests by status",
    description: "Responses to clients, by status code.",
    unit: "requests/s",
    queries: [{ expr: `sum by (status) (${rate("gateway_requests_total")})`, legend: "{{status}}" }],
  },
  {
    kind: "graph",
    title: "Refusals",
    description:
      "Requests over the rate limit, without credentials, with wrong credentials, and password checks beyond AUTH_RATE.",
    unit: "requests/s",
    queries: [
      { expr: rate("gateway_refused_total"), legend: "over the rate limit" },
      { expr: rate("gateway_missing_passwords_total"), legend: "no password" },
      { expr: rate("gateway_wrong_passwords_total"), legend: "wrong password" },
      { expr: rate("gateway_refused_guesses_total"), legend: "too many wrong passwords" },
    ],
  },
  {
    kind: "graph",
    title: "Latency",
    description:
      "Percentiles over all requests to workers; p99 far above p50 means that a few requests wait.",
    unit: "seconds",
    queries: [
      { expr: quantile(0.5, ""), legend: "p50" },
      { expr: quantile(0.95, ""), legend: "p95" },
      { expr: quantile(0.99, ""), legend: "p99" },
    ],
  },
  {
    kind: "graph",
    title: "Latency by upstream, p95",
    description: "95th percentile of each worker.",
    unit: "seconds",
    queries: [{ expr: quantile(0.95, ", upstream"), legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Requests by upstream",
    description: "Requests that the gateway passed to each worker.",
    unit: "requests/s",
    queries: [{ expr: `sum by (upstream) (${rate(proxied)})`, legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Requests by route",
    description: "All unknown paths have one route name, and all unknown hosts: a scan shows as one line.",
    unit: "requests/s",
    queries: [{ expr: `sum by (route) (${rate("gateway_requests_total")})`, legend: "{{route}}" }],
  },
];

const replicas: Panel[] = [
  {
    kind: "graph",
    title: "Share of each replica",
    description: "Share of its worker's requests that each replica answered; shares should be equal.",
    unit: "ratio",
    queries: [
      {
        expr:
          `sum by (worker, replica) (${rate('http_requests_total{route!~"/livez|/readyz|/metrics"}')})` +
          ` / on (worker) group_left () (sum by (worker) (${rate('http_requests_total{route!~"/livez|/readyz|/metrics"}')}) > 0)`,
        legend: "{{worker}}/{{replica}}",
      },
    ],
  },
  {
    kind: "graph",
    title: "Connections",
    description: "Open client connections; idle ones are kept alive without a request.",
    unit: "connections",
    queries: [
      { expr: "nginx_connections_active", legend: "open" },
      { expr: "nginx_connections_waiting", legend: "idle" },
      { expr: "nginx_connections_reading", legend: "reading" },
      { expr: "nginx_connections_writing", legend: "writing" },
    ],
  },
  {
    kind: "graph",
    title: "Retries",
    description: "Requests sent again to another replica. A lasting rate means a broken replica.",
    unit: "requests/s",
    queries: [{ expr: rate("gateway_retries_total"), legend: "retried" }],
  },
  {
    kind: "graph",
    title: "Sent to clients",
    description: "Bytes of responses, including headers.",
    unit: "bytes/s",
    queries: [{ expr: rate("gateway_response_bytes_total"), legend: "sent" }],
  },
  {
    kind: "graph",
    title: "Failed, last hour",
    description: "Share of failed requests. Objective: at most 0.5 %.",
    unit: "ratio",
    queries: [{ expr: "upstream:gateway_errors:ratio_rate1h", legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Slower than 250 ms, last hour",
    description: "Share of slow requests. Objective: at most 1 %.",
    unit: "ratio",
    queries: [{ expr: "upstream:gateway_slow:ratio_rate1h", legend: "{{upstream}}" }],
  },
];

export const gateway: Page = {
  uid: "gateway",
  title: "Gateway",
  description: "Traffic, errors and latency at the gateway.",
  hasWorkerFilter: false,
  panels: [...now, ...traffic, ...replicas],
};
