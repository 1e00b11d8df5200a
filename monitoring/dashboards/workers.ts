import {
  ASKS,
  BESIDE,
  deployments,
  graph,
  type Page,
  type Panel,
  PREVIEW,
  stat,
  table,
  VERSION_SINCE,
  withMarks,
} from "./panel.ts";

const own = 'worker=~"$worker"';
const api = `${own},worker!~"${ASKS}",route!~"/livez|/readyz|/metrics|/shadow-pairs"`;
const rate = (metric: string) => `rate(${metric}[$__rate_interval])`;
const quantile = (q: number) =>
  `histogram_quantile(${q}, sum by (le, worker) (${rate(`http_request_duration_seconds_bucket{${api}}`)}))`;

const stats: Panel[] = [
  stat(
    "Replicas up",
    "replicas",
    "Replicas whose metrics Prometheus scrapes, without previews, shadow and canary.",
    {
      up: `sum(worker:replicas:count{${own},worker!~"${BESIDE}"}) or sum(worker:replicas:count{${own}})`,
    },
  ),
  stat("Replicas wanted", "replicas", "deploy.replicas in compose.yaml.", {
    wanted: `sum(worker:replicas:expected{${own}})`,
  }),
  stat("Requests", "requests/s", "Requests answered by the selected workers, without probes.", {
    requests: `sum(${rate(`http_requests_total{${api}}`)}) or 0 * sum(worker:replicas:count{${own}})`,
  }),
  stat("In flight", "requests", "Requests in progress.", {
    "in flight": `sum(http_requests_in_flight{${own}})`,
  }),
  stat("Memory", "bytes", "Sum of the resident memory of the selected replicas.", {
    memory: `sum(process_resident_memory_bytes{${own}})`,
  }),
  stat("Slowest boot", "seconds", "Longest time from process start to readiness, of the running replicas.", {
    boot: `max(worker_boot_seconds{${own}})`,
  }),
];

const red: Panel[] = [
  graph("Requests by worker", "requests/s", "Request rate of each worker, without probes.", {
    "{{worker}}": `sum by (worker) (${rate(`http_requests_total{${api}}`)})`,
  }),
  withMarks(
    graph("Answers by status", "requests/s", "Responses of each worker, by status code.", {
      "{{worker}} {{status}}": `sum by (worker, status) (${rate(`http_requests_total{${api}}`)})`,
    }),
  ),
  withMarks(
    graph(
      "Failed",
      "ratio",
      "Share of the requests that a worker answered with a 5xx. Every 5xx is a defect of the handler.",
      {
        "{{worker}}":
          `(sum by (worker) (${rate(`http_requests_total{${api},status=~"5.."}`)})` +
          ` or 0 * sum by (worker) (${rate(`http_requests_total{${api}}`)}))` +
          ` / (sum by (worker) (${rate(`http_requests_total{${api}}`)}) > 0)`,
      },
    ),
  ),
  withMarks(
    graph("Duration by worker", "seconds", "p50 and p95 inside the worker, without the gateway.", {
      "{{worker}} p50": quantile(0.5),
      "{{worker}} p95": quantile(0.95),
    }),
  ),
  graph(
    "Predictions by label",
    "predictions/s",
    "A change in the shares of the labels comes from the input or from a new model.",
    { "{{label}}": `sum by (label) (${rate(`predictions_total{${own}}`)})` },
  ),
  graph("Predictions by worker", "predictions/s", "A batch counts each of its sentences.", {
    "{{worker}}": `sum by (worker) (${rate(`predictions_total{${own}}`)})`,
  }),
];

const resources: Panel[] = [
  graph("Memory by replica", "bytes", "Resident memory. Steady growth for hours is a leak.", {
    "{{worker}}/{{replica}}": `process_resident_memory_bytes{${own}}`,
  }),
  graph("CPU by replica", "ratio", "Share of one core; a worker has one thread, so 100 % is the maximum.", {
    "{{worker}}/{{replica}}": rate(`process_cpu_seconds_total{${own}}`),
  }),
  graph(
    "Event loop delay",
    "seconds",
    "Longest delay of a timer since the last scrape: how long a request waits for the event loop.",
    { "{{worker}}/{{replica}}": `worker_event_loop_delay_seconds{${own}}` },
  ),
  graph(
    "In flight by replica",
    "requests",
    "Requests in progress; a number that only grows means a hanging replica.",
    { "{{worker}}/{{replica}}": `http_requests_in_flight{${own}}` },
  ),
  graph("Boots", "restarts", "Starts of replicas in the last five minutes.", {
    "{{worker}}": `sum by (worker) (changes(process_start_time_seconds{${own}}[5m]))`,
  }),
  graph(
    "Versions",
    "replicas",
    "Replicas by model version and by worker version: two lines of one worker mean a release in progress.",
    {
      "{{worker}} model {{model_version}}": `count by (worker, model_version) (model_info{${own}})`,
      "{{worker}} {{version}}": `count by (worker, version) (worker_build_info{${own}})`,
    },
  ),
  table(
    "Deployed versions",
    "time",
    "The version that most replicas of a worker run, and when it was deployed. Of a preview: when its process started.",
    ["worker", "version"],
    {
      since:
        `${VERSION_SINCE}{${own}} or max by (worker, version) (worker_build_info{${own},worker=~"${PREVIEW}"}` +
        " * on (worker, replica, instance) group_left () process_start_time_seconds)",
    },
  ),
];

export const workers: Page = {
  uid: "workers",
  title: "Workers",
  description: "Rate, errors, duration, predictions and resources of each worker.",
  hasWorkerFilter: true,
  marks: deployments(`{${own}}`),
  panels: [...stats, ...red, ...resources],
};
