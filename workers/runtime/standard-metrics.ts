import { Counter, Gauge, type Registry } from "prom-client";
import { RequestMetrics } from "./request-metrics.ts";

const TICK_MS = 500;

/** The delay of a timer is the time a request waits for a busy event loop. */
function loopDelay(registers: Registry[]) {
  let worst = 0;
  let due = performance.now() + TICK_MS;
  setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - due);
    due = now + TICK_MS;
  }, TICK_MS).unref();
  return new Gauge({
    name: "worker_event_loop_delay_seconds",
    help: "Largest delay of a timer on the event loop since the last scrape.",
    registers,
    collect() {
      this.set(worst / 1000);
      worst = 0;
    },
  });
}

/** The metrics of every worker; names follow https://prometheus.io/docs/practices/naming/. */
export function standardMetrics(registry: Registry) {
  const registers = [registry];
  return {
    registry,
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
    loopDelay: loopDelay(registers),
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
    deployed: new Gauge({
      name: "worker_deployed_time_seconds",
      help: "When the process manager was told to start this replica; 0 where it does not say. A crash keeps it.",
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof standardMetrics>;
