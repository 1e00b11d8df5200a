export interface Sample {
  /** Milliseconds since the start of the load. */
  at: number;
  duration: number;
  /** A status or network error; undefined for a 200. */
  failure?: string;
  servedBy?: string;
}

export interface Summary {
  requests: number;
  failed: number;
  p50: number;
  p99: number;
  max: number;
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Counts and latencies in ms, measured from when each request was due. */
export function summarize(samples: readonly Sample[]): Summary {
  const durations = samples.map(({ duration }) => duration).sort((a, b) => a - b);
  const round = (ms: number) => Number(ms.toFixed(1));
  return {
    requests: samples.length,
    failed: samples.filter(({ failure }) => failure !== undefined).length,
    p50: round(quantile(durations, 0.5)),
    p99: round(quantile(durations, 0.99)),
    max: round(durations.at(-1) ?? 0),
  };
}
