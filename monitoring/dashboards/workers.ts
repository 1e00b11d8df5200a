import type { Page, Panel } from "./panel.ts";

const own = 'worker=~"$worker"';
const api = `${own},route!~"/livez|/readyz|/metrics"`;
const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le, worker) (${rate(`http_request_duration_seconds_bucket{${api}}`)}))`;

const now: Panel[] = [
  {
    kind: "stat",
    title: "Replicas up",
    description: "Replicas whose metrics Prometheus scrapes.",
    unit: "replicas",
    queries: [{ expr: `sum(worker:replicas:count{${own}})`, legend: "up" }],
  },
  {
    kind: "stat",
    title: "Replicas wanted",
    description: "deploy.replicas in compose.yaml.",
    unit: "replicas",
    queries: [{ expr: `sum(worker:replicas:expected{${own}})`, legend: "wanted" }],
  },
  {
    kind: "stat",
    title: "Requests",
    description: "Requests answered by the selected workers, without probes.",
    unit: "requests/s",
    queries: [{ expr: `sum(${rate(`http_requests_total{${api}}`)})`, legend: "requests" }],
  },
  {
    kind: "stat",
    title: "In flight",
    description: "Requests in progress.",
    unit: "requests",
    queries: [{ expr: `sum(http_requests_in_flight{${own}})`, legend: "in flight" }],
  },
  {
    kind: "stat",
    title: "Memory",
    description: "Sum of the resident memory of the selected replicas.",
    unit: "bytes",
    queries: [{ expr: `sum(process_resident_memory_bytes{${own}})`, legend: "memory" }],
  },
  {
    kind: "stat",
    title: "Slowest boot",
    description: "Longest time from process start to readiness, of the running replicas.",
    unit: "seconds",
    queries: [{ expr: `max(worker_boot_seconds{${own}})`, legend: "boot" }],
  },
];

const red: Panel[] = [
  {
    kind: "graph",
    title: "Requests by worker",
    description: "Request rate of each worker, without probes.",
    unit: "requests/s",
    queries: [{ expr: `sum by (worker) (${rate(`http_requests_total{${api}}`)})`, legend: "{{worker}}" }],
  },
  {
    kind: "graph",
    title: "Answers by status",
    description: "Responses of each worker, by status code.",
    unit: "requests/s",
    queries: [
      {
        expr: `sum by (worker, status) (${rate(`http_requests_total{${api}}`)})`,
        legend: "{{worker}} {{status}}",
      },
    ],
  },
  {
    kind: "graph",
    title: "Failed",
    description:
      "Share of the requests that a worker answered with a 5xx. Every 5xx is a defect of the handler.",
    unit: "ratio",
    queries: [
      {
        expr:
          `(sum by (worker) (${rate(`http_requests_total{${api},status=~"5.."}`)})` +
          ` or 0 * sum by (worker) (${rate(`http_requests_total{${api}}`)}))` +
          ` / (sum by (worker) (${rate(`http_requests_total{${api}}`)}) > 0)`,
        legend: "{{worker}}",
      },
    ],
  },
  {
    kind: "graph",
    title: "Duration by worker",
    description: "p50 and p95 inside the worker, without the gateway.",
    unit: "seconds",
    queries: [
      { expr: quantile(0.5), legend: "{{worker}} p50" },
      { expr: quantile(0.95), legend: "{{worker}} p95" },
    ],
  },
  {
    kind: "graph",
    title: "Predictions by label",
    description: "A change in the shares of the labels comes from the input or from a new model.",
    unit: "predictions/s",
    queries: [{ expr: `sum by (label) (${rate(`predictions_total{${own}}`)})`, legend: "{{label}}" }],
  },
  {
    kind: "graph",
    title: "Predictions by worker",
    description: "A batch counts each of its sentences.",
    unit: "predictions/s",
    queries: [{ expr: `sum by (worker) (${rate(`predictions_total{${own}}`)})`, legend: "{{worker}}" }],
  },
];

const resources: Panel[] = [
  {
    kind: "graph",
    title: "Memory by replica",
    description: "Resident memory. Steady growth for hours is a leak.",
    unit: "bytes",
    queries: [{ expr: `process_resident_memory_bytes{${own}}`, legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "CPU by replica",
    description: "Share of one core; a worker has one thread, so 100 % is the maximum.",
    unit: "ratio",
    queries: [{ expr: rate(`process_cpu_seconds_total{${own}}`), legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "Event loop delay",
    description:
      "Longest delay of a timer since the last scrape: how long a request waits for the event loop.",
    unit: "seconds",
    queries: [{ expr: `worker_event_loop_delay_seconds{${own}}`, legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "In flight by replica",
    description: "Requests in progress; a number that only grows means a hanging replica.",
    unit: "requests",
    queries: [{ expr: `http_requests_in_flight{${own}}`, legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "Boots",
    description: "Starts of replicas in the last five minutes.",
    unit: "restarts",
    queries: [
      { expr: `sum by (worker) (changes(process_start_time_seconds{${own}}[5m]))`, legend: "{{worker}}" },
    ],
  },
  {
    kind: "graph",
    title: "Versions",
    description:
      "Replicas by model version and by worker version: two lines of one worker mean a release in progress.",
    unit: "replicas",
    queries: [
      {
        expr: `count by (worker, model_version) (model_info{${own}})`,
        legend: "{{worker}} model {{model_version}}",
      },
      { expr: `count by (worker, version) (worker_build_info{${own}})`, legend: "{{worker}} {{version}}" },
    ],
  },
];

export const workers: Page = {
  uid: "workers",
  title: "Workers",
  description: "Rate, errors, duration, predictions and resources of each worker.",
  hasWorkerFilter: true,
  panels: [...now, ...red, ...resources],
};
