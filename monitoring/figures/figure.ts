/** What a value is: decides how Grafana and the console pages format it. */
export type Unit = "requests/s" | "ratio" | "seconds" | "bytes" | "bytes/s" | "count" | "days";

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
