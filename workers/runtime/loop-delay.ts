import { Gauge, type Registry } from "prom-client";

const EVERY_MS = 500;

/** How late a timer fires is what a request waits for a busy event loop; the largest since the last scrape. */
export function watchLoopDelay(registry: Registry): void {
  let worst = 0;
  let due = performance.now() + EVERY_MS;
  setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - due);
    due = now + EVERY_MS;
  }, EVERY_MS).unref();
  new Gauge({
    name: "worker_event_loop_delay_seconds",
    help: "Largest delay of a timer on the event loop since the last scrape.",
    registers: [registry],
    collect() {
      this.set(worst / 1000);
      worst = 0;
    },
  });
}
