import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Seconds. Prometheus' default buckets start at 5 ms; a prediction takes far less, so ours start at 0.1 ms. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5];

/** The metrics each worker has; names follow https://prometheus.io/docs/practices/naming/. */
export function standardMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: "http_requests_total",
      help: "Requests answered, by route pattern, method and status.",
      labelNames: ["route", "method", "status"],
      registers,
    }),
    duration: new Histogram({
      name: "http_request_duration_seconds",
      help: "Time from the request's arrival in the worker to its answer.",
      labelNames: ["route", "method"],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    inFlight: new Gauge({
      name: "http_requests_in_flight",
      help: "Requests this replica is working on now.",
      registers,
    }),
    predictions: new Counter({
      name: "predictions_total",
      help: "Predictions made, by label.",
      labelNames: ["label"],
      registers,
    }),
    build: new Gauge({
      name: "worker_build_info",
      help: "Always 1; the labels say what runs.",
      labelNames: ["version", "bun"],
      registers,
    }),
    model: new Gauge({
      name: "model_info",
      help: "Always 1; the label says which model answers.",
      labelNames: ["model_version"],
      registers,
    }),
    boot: new Gauge({
      name: "worker_boot_seconds",
      help: "Time from the start of the process to readiness.",
      registers,
    }),
    memory: new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory of the process.",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
    cpu: new Counter({
      name: "process_cpu_seconds_total",
      help: "User and system CPU time spent.",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
    start: new Gauge({
      name: "process_start_time_seconds",
      help: "Start of the process, in seconds since the epoch.",
      registers,
    }),
  };
}
