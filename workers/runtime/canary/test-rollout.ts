// Simulated rollouts for tests: counters as Prometheus returns them, of requests that fail and are slow at random.
import { binomial, uniform } from "../statistics/test-random.ts";
import type { CanarySettings, CanaryState } from "./contract.ts";
import type { Sample } from "./evidence.ts";
import { begin, look, share } from "./steps.ts";

export const SETTINGS: CanarySettings = {
  id: "one",
  folder: "/nowhere",
  prometheus: "http://127.0.0.1:9",
  stable: { worker: "own", version: "a".repeat(12) },
  candidate: { worker: "own", version: "b".repeat(12) },
  steps: [0, 5, 25, 50, 100],
  margins: { errors: 0.005, rejected: 0.05, slow: 0.05, agreement: 0.05 },
  objectives: { "/own": 0.025 },
  stepMs: 30 * 60_000,
  onTimeout: "hold",
};

/** What requests of one version are like: shares from 0 to 1. */
export interface Behaviour {
  errors: number;
  slow: number;
}

/** The counters of the gateway. */
export class Counters {
  readonly #values = new Map<string, number>();

  add(labels: Readonly<Record<string, string>>, value: number): void {
    const key = JSON.stringify(labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + value);
  }

  requests(upstream: string, of: number, { errors, slow }: Behaviour, random: () => number): void {
    const failed = binomial(random, of, errors);
    const late = binomial(random, of, slow);
    const labels = { upstream, route: "/own" };
    const duration = "gateway_request_duration_seconds";
    this.add({ __name__: "gateway_requests_total", ...labels, status: "200" }, of - failed);
    this.add({ __name__: "gateway_requests_total", ...labels, status: "500" }, failed);
    this.add({ __name__: `${duration}_count`, ...labels }, of);
    this.add({ __name__: `${duration}_bucket`, ...labels, le: "0.01" }, 0);
    this.add({ __name__: `${duration}_bucket`, ...labels, le: "0.025" }, of - late);
    this.add({ __name__: `${duration}_bucket`, ...labels, le: "+Inf" }, of);
  }

  samples(): Sample[] {
    return [...this.#values].map(([key, value]) => ({ metric: JSON.parse(key), value: [0, String(value)] }));
  }
}

interface Rollout {
  seed: number;
  /** Requests per second of all clients. */
  rate: number;
  lookMs: number;
  looks: number;
  stable: Behaviour;
  candidate: Behaviour;
  /** Whether Prometheus answers at this look. */
  answers?: (look: number) => boolean;
  settings?: Partial<CanarySettings>;
}

/** Runs until it is decided, or for so many looks. @returns the last state and the time in ms. */
export function rollout(simulated: Rollout): { state: CanaryState; ms: number } {
  const { seed, rate, lookMs, looks, stable, candidate, answers = () => true } = simulated;
  const settings = { ...SETTINGS, steps: [5, 25, 50, 100], ...simulated.settings };
  const [random, counters] = [uniform(seed), new Counters()];
  let state = begin(settings, 0);
  for (let i = 1; i <= looks; i++) {
    const all = (rate * lookMs) / 1000;
    const of = Math.floor(all) + Number(random() < all % 1);
    const chosen = binomial(random, of, share(state, settings) / 100);
    counters.requests("own", of - chosen, stable, random);
    counters.requests("own.canary", chosen, candidate, random);
    state = look(state, answers(i) ? counters.samples() : undefined, settings, i * lookMs);
    if (state.outcome !== "running") return { state, ms: i * lookMs };
  }
  return { state, ms: looks * lookMs };
}
