/** Units of whole numbers; the name is shown after the number. */
export const COUNTED = ["alerts", "connections", "replicas", "requests", "restarts"] as const;

/** Determines how Grafana and the console pages format a value. A state is 0 or 1, a time in seconds since the epoch. */
export type Unit =
  | "requests/s"
  | "predictions/s"
  | "ratio"
  | "seconds"
  | "bytes"
  | "bytes/s"
  | "days"
  | "state"
  | "time"
  | (typeof COUNTED)[number];

export const isCounted = (unit: Unit): boolean => (COUNTED as readonly string[]).includes(unit);

/** Whether the `threshold` is a minimum; otherwise it is a maximum. */
export const isMinimum = (unit: Unit): boolean => unit === "days" || unit === "state";

/** Texts for the states 0 and 1. */
export const STATES = ["no answer", "answers"] as const;

/**
 * Colours on both kinds of pages: a status has the colour of its class, any other series one of the palette, which has
 * no status colour.
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
  /** PromQL; `$worker` is the selected workers, `$__rate_interval` a minute or more, by zoom level. */
  expr: string;
  /** Name of a series, with `{{label}}` for a label's value. */
  legend: string;
}

/** Matches the label `worker` or `upstream` of a preview, "NAME.preview"; the name of a worker has no dot. */
export const PREVIEW = ".+[.]preview";
/** That of a shadow, which is "NAME.shadow". */
export const SHADOW = ".+[.]shadow";
/** That of both. */
export const BESIDE = ".+[.].+";

/** When the version of each worker was deployed, in seconds since the epoch (rules/recording.yml). */
export const VERSION_SINCE = "worker:version_since:seconds";

/** Becomes a Grafana panel and a panel of a Prometheus console page. */
export interface Panel {
  kind: "graph" | "stat" | "table" | "matrix";
  title: string;
  /** One sentence: what it shows, and which values need attention. */
  description: string;
  unit: Unit;
  /** Of a graph: whether values may be negative. */
  signed?: boolean;
  /** Of a graph: whether it marks deployments. */
  marksDeployments?: boolean;
  /** Of a table: the labels of its columns; the last column is the value. Of a matrix: the labels of its rows and columns. */
  columns?: string[];
  /** Of a stat: the number is red above it; for days and states, below it. */
  threshold?: number;
  queries: Query[];
}

type Queries = Readonly<Record<string, string>>;
const toQueries = (queries: Queries): Query[] =>
  Object.entries(queries).map(([legend, expr]) => ({ expr, legend }));

/** @param queries PromQL by legend. */
export function graph(title: string, unit: Unit, description: string, queries: Queries): Panel {
  return { kind: "graph", title, description, unit, queries: toQueries(queries) };
}

/** A graph of values that may be negative. */
export const signed = (panel: Panel): Panel => ({ ...panel, signed: true });

/** A graph with a mark where the version of a worker changed. */
export const withDeployments = (panel: Panel): Panel => ({ ...panel, marksDeployments: true });

/** One row for each series. @param value PromQL by the name of its column, which is the last. */
export function table(
  title: string,
  unit: Unit,
  description: string,
  columns: string[],
  value: Queries,
): Panel {
  return { kind: "table", title, description, unit, columns, queries: toQueries(value) };
}

/** A number for each pair of values of two labels, as a heat map. @param query PromQL by legend. */
export function matrix(
  title: string,
  unit: Unit,
  description: string,
  columns: [rows: string, columns: string],
  query: Queries,
): Panel {
  return { kind: "matrix", title, description, unit, columns, queries: toQueries(query) };
}

/** A single number. @param query PromQL by legend. */
export function stat(
  title: string,
  unit: Unit,
  description: string,
  query: Queries,
  threshold?: number,
): Panel {
  const panel: Panel = { kind: "stat", title, description, unit, queries: toQueries(query) };
  return threshold === undefined ? panel : { ...panel, threshold };
}

export interface Page {
  /** File name and Grafana uid; links contain it. */
  uid: string;
  title: string;
  description: string;
  /** Whether the page has a selection of workers. */
  hasWorkerFilter: boolean;
  /** PromQL: the deployments that panels mark; the value is the time. */
  deployments: string;
  /** Whether it has no data where no shadow runs. */
  ofShadow?: boolean;
  panels: Panel[];
}
