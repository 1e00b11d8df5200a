import { Counter, type Metric, type Registry } from "prom-client";

/** Seconds. Prometheus' default buckets start at 5 ms; a prediction takes far less, so these start at 0.1 ms. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1, 5];

/** All answers of one route, method and status. */
interface Series {
  labels: { route: string; method: string; status: number };
  /** The labels as members of a JSON object, for the log. */
  json: string;
  count: number;
  /** Seconds. */
  sum: number;
  /** Answers per bucket, not cumulative; those beyond the last bucket are in `count` only. */
  buckets: Float64Array;
}

const DURATION = "http_request_duration_seconds";

/** A histogram computed at the scrape; prom-client's own hashes its labels at each request. */
function durations(series: ReadonlyMap<string, Series>) {
  return {
    name: DURATION,
    help: "Time from the request's arrival in the worker to its answer.",
    type: "histogram",
    aggregator: "sum",
    reset() {},
    async get() {
      const { name, help, type, aggregator } = this;
      return { name, help, type, aggregator, values: [...byRoute(series.values())].flatMap(samples) };
    },
  };
}

/** The histogram has no status label: adds up the series of a route and method. */
function byRoute(all: Iterable<Series>): Iterable<Series> {
  const merged = new Map<string, Series>();
  for (const one of all) {
    const key = `${one.labels.method} ${one.labels.route}`;
    const sum = merged.get(key);
    if (!sum) merged.set(key, { ...one, buckets: one.buckets.slice() });
    else {
      sum.count += one.count;
      sum.sum += one.sum;
      for (const [i, n] of one.buckets.entries()) sum.buckets[i]! += n;
    }
  }
  return merged.values();
}

/** The samples of a histogram; Prometheus' buckets are cumulative. */
function samples({ labels: { route, method }, count, sum, buckets }: Series) {
  let below = 0;
  const sample = (suffix: string, value: number, le?: number | "+Inf") => ({
    metricName: `${DURATION}_${suffix}`,
    labels: { ...(le !== undefined && { le }), route, method },
    value,
  });
  const counted = BUCKETS.map((le, i) => {
    below += buckets[i]!;
    return sample("bucket", below, le);
  });
  return [...counted, sample("bucket", count, "+Inf"), sample("sum", sum), sample("count", count)];
}

/** http_requests_total and http_request_duration_seconds. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();

  constructor(registry: Registry) {
    const series = this.#series;
    // The registry uses only a metric's name and get(); its type requires one of prom-client's classes.
    registry.registerMetric(durations(series) as unknown as Metric);
    new Counter({
      name: "http_requests_total",
      help: "Requests answered, by route pattern, method and status.",
      labelNames: ["route", "method", "status"],
      registers: [registry],
      collect() {
        this.reset();
        for (const { labels, count } of series.values()) this.inc(labels, count);
      },
    });
  }

  /** @returns route, method and status as members of a JSON object. */
  record(route: string, method: string, status: number, seconds: number): string {
    const key = `${status} ${method} ${route}`;
    let series = this.#series.get(key);
    if (!series) {
      const labels = { route, method, status };
      const json = JSON.stringify({ method, route, status }).slice(1, -1);
      series = { labels, json, count: 0, sum: 0, buckets: new Float64Array(BUCKETS.length) };
      this.#series.set(key, series);
    }
    series.count++;
    series.sum += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket]!++;
    return series.json;
  }
}
