import type { Figure, Page } from "./panel.ts";

const own = 'worker=~"$worker"';
const api = `${own},route!~"/livez|/readyz|/metrics"`;
const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le, worker) (${rate(`http_request_duration_seconds_bucket{${api}}`)}))`;

const now: Figure[] = [
  {
    kind: "stat",
    title: "Replicas up",
    description: "Replicas that answer their metrics.",
    unit: "replicas",
    queries: [{ expr: `sum(worker:replicas:count{${own}})`, legend: "up" }],
  },
  {
    kind: "stat",
    title: "Replicas wanted",
    description: "What compose.yaml says.",
    unit: "replicas",
    queries: [{ expr: `sum(worker:replicas:expected{${own}})`, legend: "wanted" }],
  },
  {
    kind: "stat",
    title: "Requests",
    description: "Requests answered by the chosen workers, probes not counted.",
    unit: "requests/s",
    queries: [{ expr: `sum(${rate(`http_requests_total{${api}}`)})`, legend: "requests" }],
  },
  {
    kind: "stat",
    title: "In flight",
    description: "Requests being worked on now.",
    unit: "requests",
    queries: [{ expr: `sum(http_requests_in_flight{${own}})`, legend: "in flight" }],
  },
  {
    kind: "stat",
    title: "Memory",
    description: "Resident memory of all chosen replicas together.",
    unit: "bytes",
    queries: [{ expr: `sum(process_resident_memory_bytes{${own}})`, legend: "memory" }],
  },
  {
    kind: "stat",
    title: "Slowest boot",
    description: "Longest time from process start to readiness among the running replicas.",
    unit: "seconds",
    queries: [{ expr: `max(worker_boot_seconds{${own}})`, legend: "boot" }],
  },
];

const red: Figure[] = [
  {
    kind: "graph",
    title: "Requests by worker",
    description: "Rate of each worker (v1, v2 and the others), probes not counted.",
    unit: "requests/s",
    queries: [{ expr: `sum by (worker) (${rate(`http_requests_total{${api}}`)})`, legend: "{{worker}}" }],
  },
  {
    kind: "graph",
    title: "Answers by status",
    description: "What each worker answered.",
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
    description: "Part of the requests a worker answered with a 5xx. Any is a defect of the handler.",
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
    description: "p50 and p95 inside the worker: what v2's reasons cost over v1.",
    unit: "seconds",
    queries: [
      { expr: quantile(0.5), legend: "{{worker}} p50" },
      { expr: quantile(0.95), legend: "{{worker}} p95" },
    ],
  },
  {
    kind: "graph",
    title: "Predictions by label",
    description: "What the model answers. A label that takes over points at the input or at a new model.",
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

const resources: Figure[] = [
  {
    kind: "graph",
    title: "Memory by replica",
    description: "Resident memory. A steady slope for hours is a leak.",
    unit: "bytes",
    queries: [{ expr: `process_resident_memory_bytes{${own}}`, legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "CPU by replica",
    description: "Part of one core; a worker is one thread, so 100 % is all it can use.",
    unit: "ratio",
    queries: [{ expr: rate(`process_cpu_seconds_total{${own}}`), legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "Event loop delay",
    description:
      "Longest delay of a timer since the last scrape: what a request waits before it is looked at.",
    unit: "seconds",
    queries: [{ expr: `worker_event_loop_delay_seconds{${own}}`, legend: "{{worker}}/{{replica}}" }],
  },
  {
    kind: "graph",
    title: "In flight by replica",
    description: "Requests being worked on; a number that only grows is a replica that hangs.",
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
      "Replicas by model and by release: two lines of one worker mean that a release is under way.",
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
  description: "Rate, errors and duration of each worker, what it predicts and what it needs.",
  choosesWorker: true,
  figures: [...now, ...red, ...resources],
};
