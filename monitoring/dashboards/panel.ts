/** Units of whole numbers; the name is shown after the number. */
export const COUNTED = [
  "alerts",
  "canaries",
  "connections",
  "decisions",
  "replicas",
  "requests",
  "restarts",
] as const;

/** Determines how Grafana and the console pages format a value. A state and a verdict have {@link TEXTS}, a time is in seconds since the epoch. */
export type Unit =
  | "requests/s"
  | "predictions/s"
  | "ratio"
  | "seconds"
  | "bytes"
  | "bytes/s"
  | "days"
  | "state"
  | "verdict"
  | "time"
  | (typeof COUNTED)[number];

export const isCounted = (unit: Unit): boolean => (COUNTED as readonly string[]).includes(unit);

/** Whether its values are whole numbers. */
export const isWhole = (unit: Unit): boolean => isCounted(unit) || unit in TEXTS;

/** Whether the `threshold` is a minimum; otherwise it is a maximum. */
export const isMinimum = (unit: Unit): boolean => unit === "days" || unit in TEXTS;

/** Units whose numbers stand for texts. */
export const TEXTS: Partial<Record<Unit, Readonly<Record<number, string>>>> = {
  state: { 0: "no answer", 1: "answers" },
  verdict: { [-1]: "fail", 0: "inconclusive", 1: "pass" },
};

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
/**
 * Matches the label `worker` of a process that answers no client: a shadow, "NAME.shadow", and the one that decides on a
 * canary, "NAME.canary". As `upstream`, "NAME.canary" is the candidate, which answers clients.
 */
export const ASKS = ".+[.](canary|shadow)";
/** Matches all of these. */
export const BESIDE = ".+[.].+";

/** Vertical lines on graphs: each value is a time, in seconds since the epoch. */
export interface Marks {
  /** A name of series, since both kinds of pages add a range. */
  metric: string;
  /** The label `worker` and what else a mark says, as in a legend. */
  text: string;
  /** In Grafana, of each mark. */
  title: string;
  /** On a console page, before the time. */
  verb: string;
}

/** When the version of each worker was deployed (rules/recording.yml). */
export const VERSION_SINCE = "worker:version_since:seconds";
export const deployments = (labels = ""): Marks => ({
  metric: VERSION_SINCE + labels,
  text: "{{worker}} {{version}}",
  title: "Deployment",
  verb: "deployed",
});
/** When the share of a canary changed (rules/canary.yml). */
export const SHARE_SINCE: Marks = {
  metric: "worker:canary_share_since:seconds",
  text: "{{worker}} {{share}} %",
  title: "Step",
  verb: "step",
};

/** Becomes a Grafana panel and a panel of a Prometheus console page. */
export interface Panel {
  kind: "graph" | "stat" | "table" | "matrix";
  title: string;
  /** One sentence: what it shows, and which values need attention. */
  description: string;
  unit: Unit;
  /** Of a graph: whether values may be negative. */
  signed?: boolean;
  /** Of a graph: whether it has the marks of its page. */
  isMarked?: boolean;
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

/** A graph with the marks of its page. */
export const withMarks = (panel: Panel): Panel => ({ ...panel, isMarked: true });

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
  marks: Marks;
  panels: Panel[];
}
