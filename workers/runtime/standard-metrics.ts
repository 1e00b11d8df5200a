import { Counter, Gauge, type Registry } from "prom-client";
import { RequestMetrics } from "./request-metrics.ts";

/** The metrics each worker has; names follow https://prometheus.io/docs/practices/naming/. */
export function standardMetrics(registry: Registry) {
  const registers = [registry];
  return {
    answers: new RequestMetrics(registry),
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

export type Metrics = ReturnType<typeof standardMetrics>;
