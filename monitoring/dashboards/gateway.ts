import type { Figure, Page } from "./panel.ts";

const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const proxied = 'gateway_requests_total{upstream!=""}';
const quantile = (q: number, by: string) =>
  `histogram_quantile(${q}, sum by (le${by}) (${rate('gateway_request_duration_seconds_bucket{upstream!=""}')}))`;

const now: Figure[] = [
  {
    kind: "stat",
    title: "Gateway",
    description: "Whether a client's question over HTTPS was answered at the last probe.",
    unit: "state",
    worry: 1,
    queries: [{ expr: 'probe_success{job="probe"}', legend: "answers" }],
  },
  {
    kind: "stat",
    title: "Requests",
    description: "All requests, refused ones included.",
    unit: "requests/s",
    queries: [{ expr: `sum(${rate("gateway_requests_total")})`, legend: "requests" }],
  },
  {
    kind: "stat",
    title: "Failed",
    description: "Part of the requests to workers that ended with a 5xx. Worry above 0.5 %.",
    unit: "ratio",
    worry: 0.005,
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
    description: "19 of 20 requests to workers are answered within this time, measured at the gateway.",
    unit: "seconds",
    queries: [{ expr: quantile(0.95, ""), legend: "p95" }],
  },
  {
    kind: "stat",
    title: "Alerts firing",
    description: "Watchdog, which always fires, is not counted.",
    unit: "alerts",
    worry: 0,
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
    description: "Days until clients refuse the certificate.",
    unit: "days",
    worry: 21,
    queries: [
      { expr: '(probe_ssl_earliest_cert_expiry{job="probe"} - time()) / 86400', legend: "days left" },
    ],
  },
];

const traffic: Figure[] = [
  {
    kind: "graph",
    title: "Requests by status",
    description: "What clients were answered, by status code.",
    unit: "requests/s",
    queries: [{ expr: `sum by (status) (${rate("gateway_requests_total")})`, legend: "{{status}}" }],
  },
  {
    kind: "graph",
    title: "Refusals",
    description:
      "Requests over the rate limit, without or with wrong credentials, and guesses beyond AUTH_RATE.",
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
    description: "Percentiles over all requests to workers; p99 far above p50 means that a few wait.",
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
    description: "Which API is slow.",
    unit: "seconds",
    queries: [{ expr: quantile(0.95, ", upstream"), legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Requests by upstream",
    description: "What reached each API.",
    unit: "requests/s",
    queries: [{ expr: `sum by (upstream) (${rate(proxied)})`, legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Requests by route",
    description: "Unknown paths and hosts are one name each: a scan shows as one line.",
    unit: "requests/s",
    queries: [{ expr: `sum by (route) (${rate("gateway_requests_total")})`, legend: "{{route}}" }],
  },
];

const replicas: Figure[] = [
  {
    kind: "graph",
    title: "Share of each replica",
    description: "Part of its worker's requests that a replica answered; equal shares are right.",
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
    description: "Open connections of clients: idle ones wait for the next request.",
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
    description: "Requests that a second replica had to answer. Anything lasting means a broken replica.",
    unit: "requests/s",
    queries: [{ expr: rate("gateway_retries_total"), legend: "retried" }],
  },
  {
    kind: "graph",
    title: "Sent to clients",
    description: "Bytes of answers, headers included.",
    unit: "bytes/s",
    queries: [{ expr: rate("gateway_response_bytes_total"), legend: "sent" }],
  },
  {
    kind: "graph",
    title: "Failed, last hour",
    description: "Against the objective of 99.5 %: worry above 0.5 %.",
    unit: "ratio",
    queries: [{ expr: "upstream:gateway_errors:ratio_rate1h", legend: "{{upstream}}" }],
  },
  {
    kind: "graph",
    title: "Slower than 250 ms, last hour",
    description: "Against the objective of 99 %: worry above 1 %.",
    unit: "ratio",
    queries: [{ expr: "upstream:gateway_slow:ratio_rate1h", legend: "{{upstream}}" }],
  },
];

export const gateway: Page = {
  uid: "gateway",
  title: "Gateway",
  description: "What clients ask, what they are answered and how fast.",
  choosesWorker: false,
  figures: [...now, ...traffic, ...replicas],
};
