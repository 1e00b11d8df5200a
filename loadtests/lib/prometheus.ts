import http from "k6/http";
import { setting } from "./settings.ts";

const URL = __ENV["PROMETHEUS_URL"] || `http://127.0.0.1:${setting("PROMETHEUS_PORT")}`;

export interface Series {
  /** `worker/replica` */
  name: string;
  /** Unix seconds and value. */
  points: [at: number, value: number][];
}

interface Answer {
  data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
}

/** A metric's series for each replica of a worker between two times (Unix seconds), sorted by name. */
export function range(metric: string, worker: string, start: number, end: number, step = 5): Series[] {
  const query = encodeURIComponent(`${metric}{job="workers",worker="${worker}"}`);
  const answer = http.get(`${URL}/api/v1/query_range?query=${query}&start=${start}&end=${end}&step=${step}`);
  if (answer.status !== 200) throw new Error(`${URL} does not answer (${answer.status}): set PROMETHEUS_URL`);
  const { data } = answer.json() as Answer;
  return (data?.result ?? [])
    .map(({ metric: labels, values }) => ({
      name: `${labels["worker"]}/${labels["replica"]}`,
      points: values.map(([at, value]): [number, number] => [at, Number(value)]),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Slope of the least-squares line, in the values' unit per minute. */
export function slopePerMinute({ points }: Series): number {
  const n = points.length;
  if (n < 2) return Number.NaN;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return (60 * over) / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}
