// Serves the canary's process: its health and its metrics. It is stable's program with --canary, so it needs no other image.
import { worker } from "../worker.ts";
import type { CanarySettings } from "./contract.ts";
import { canaryMetrics } from "./metrics.ts";
import { Canary } from "./process.ts";

/** The process's app, which runs as a worker does. @throws Error where its folder cannot be read. */
export function canaryApp() {
  const canary = new Canary(JSON.parse(process.env["CANARY"] ?? "") as CanarySettings); // written by ops, not by people
  const { stable } = canary.settings;
  const made = worker(`${stable.worker}.canary`, {
    description: "Decides which share of the clients another version answers.",
    warmUp: () => void canary.run(),
  });
  canaryMetrics(made.decorator.metrics.registry, canary);
  return made;
}
