/** Things that are counted one by one; the name stands beside the number. */
export const COUNTED = ["alerts", "connections", "replicas", "requests", "restarts"] as const;

/** What a value is: decides how Grafana and the console pages format it. A state is 0 or 1. */
export type Unit =
  | "requests/s"
  | "predictions/s"
  | "ratio"
  | "seconds"
  | "bytes"
  | "bytes/s"
  | "days"
  | "state"
  | (typeof COUNTED)[number];

export const isCounted = (unit: Unit): boolean => (COUNTED as readonly string[]).includes(unit);

/** Whether the `worry` of such a value lies below it. */
export const isLowBad = (unit: Unit): boolean => unit === "days" || unit === "state";

/** What a state of 0 and of 1 is called. */
export const STATES = ["no answer", "answers"] as const;

/**
 * Colours by meaning, for both kinds of pages: a status has that of its class, everything else one of the palette, which
 * has none of these.
 */
export const STATUS_COLOURS: Record<string, string> = {
  0: "#7a8793",
  2: "#2e9e4f",
  3: "#3b6fd4",
  4: "#e39b0b",
  5: "#d43a2f",
};
export const PALETTE = ["#3b6fd4", "#9a4fc4", "#12939a", "#d24d9a", "#8a6b4d", "#5a6b7b", "#2fa8e0"];

export interface Query {
  /** PromQL; `$worker` is the page's choice, `$__rate_interval` a minute or what the zoom needs. */
  expr: string;
  /** Name of a series, with `{{label}}` for a label's value. */
  legend: string;
}

/** One picture. The same definition becomes a Grafana panel and a graph of a Prometheus console page. */
export interface Figure {
  kind: "graph" | "stat";
  title: string;
  /** One sentence: what it shows and when to worry. */
  description: string;
  unit: Unit;
  /** For a single number: above it (below it, for days and states) the number is red. */
  worry?: number;
  queries: Query[];
}

export interface Page {
  /** File name and Grafana uid: links rely on it. */
  uid: string;
  title: string;
  description: string;
  /** Whether the page lets its reader choose workers. */
  choosesWorker: boolean;
  figures: Figure[];
}
