import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import {
  isCounted,
  isMinimum,
  isWhole,
  type Page,
  type Panel,
  type Query,
  STATUS_COLOURS,
  TEXTS,
  type Unit,
} from "./panel.ts";

const SOURCE = { type: "prometheus", uid: "prometheus" }; // grafana/provisioning/datasources
/** Grafana's unit names; any other unit is shown as a suffix. */
const UNITS: Partial<Record<Unit, string>> = {
  "requests/s": "reqps",
  ratio: "percentunit",
  seconds: "s",
  bytes: "bytes",
  "bytes/s": "Bps",
  days: "d",
  time: "dateTimeAsIso",
};
const BAD = STATUS_COLOURS["5"] ?? "red";
const COLUMNS = 24;

function target({ expr, legend }: Query, index: number, { kind, unit }: Panel) {
  const query = new prometheus.DataqueryBuilder()
    .expr(unit === "time" ? `1000 * (${expr})` : expr) // Grafana's times are in milliseconds
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index));
  if (kind === "table" || kind === "matrix") query.format(prometheus.PromQueryFormat.Table);
  return kind === "graph" ? query.range() : query.instant();
}

/** Grafana's default threshold is 80: above it every number is red. */
function thresholds({ unit, threshold }: Panel) {
  const [low, high] = isMinimum(unit) ? [BAD, "text"] : ["text", BAD];
  const from = isCounted(unit) ? Number(threshold) + 1 : Number(threshold); // a step begins at its value
  const steps = [{ value: null, color: threshold === undefined ? "text" : low }];
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(threshold === undefined ? steps : [...steps, { value: from, color: high }]);
}

/** The texts of a unit whose numbers stand for them. */
function texts(unit: Unit): dashboard.ValueMap[] {
  const all = Object.entries(TEXTS[unit] ?? {}).map(([value, text]) => [value, { text }]);
  return all.length === 0
    ? []
    : [{ type: dashboard.MappingType.ValueToText, options: Object.fromEntries(all) }];
}

function statPanel(panel: Panel) {
  const noData: dashboard.SpecialValueMap = {
    type: dashboard.MappingType.SpecialValue,
    options: { match: dashboard.SpecialValueMatch.NullAndNan, result: { text: "no data" } },
  };
  return new stat.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .noValue("no data")
    .mappings([noData, ...texts(panel.unit)])
    .thresholds(thresholds(panel))
    .colorMode(common.BigValueColorMode.Value)
    .height(4)
    .span(COLUMNS / 6);
}

/** Series of one name have one colour in every panel; a status has the colour of its class. */
function graphPanel({ queries, signed, unit }: Panel) {
  const builder = new timeseries.PanelBuilder()
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName))
    .height(8)
    .span(COLUMNS / 3)
    .fillOpacity(10);
  if (!signed) builder.min(0);
  if (unit in TEXTS) builder.mappings(texts(unit));
  if (queries.some(({ legend }) => legend.endsWith("{{status}}"))) {
    for (const [digit, fixedColor] of Object.entries(STATUS_COLOURS)) {
      const value = { mode: dashboard.FieldColorModeId.Shades, fixedColor };
      builder.overrideByRegexp(`/(^| )${digit}\\d*$/`, [{ id: "color", value }]);
    }
  }
  return builder;
}

/** Grafana names the column of the values "Value", and adds one of the time of the query. */
function tablePanel({ columns = [], queries: [value] }: Panel) {
  const options = {
    excludeByName: { Time: true },
    renameByName: { Value: value?.legend },
    indexByName: Object.fromEntries([...columns, "Value"].map((name, index) => [name, index])),
  };
  return new table.PanelBuilder()
    .withTransformation({ id: "organize", options })
    .noValue("no data")
    .height(8)
    .span(COLUMNS / 3);
}

/** A table with a column for each value of a label, coloured by the numbers. */
function matrixPanel({ columns: [rows, columns] = [] }: Panel) {
  const options = { rowField: rows, columnField: columns, valueField: "Value", emptyValue: "zero" };
  return new table.PanelBuilder()
    .withTransformation({ id: "groupingToMatrix", options })
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.ContinuousBlues))
    .overrideByRegexp("/^(?!.*\\\\).*$/", [{ id: "custom.cellOptions", value: { type: "color-background" } }])
    .noValue("no data")
    .height(12)
    .span(COLUMNS);
}

const BUILDERS = { stat: statPanel, graph: graphPanel, table: tablePanel, matrix: matrixPanel };

function buildPanel(panel: Panel, id: number) {
  const { kind, title, description, unit, queries } = panel;
  const builder = BUILDERS[kind](panel);
  builder.id(id).title(title).description(description).datasource(SOURCE);
  if (!(unit in TEXTS)) builder.unit(UNITS[unit] ?? `suffix:${unit}`);
  if (isWhole(unit)) builder.decimals(0);
  queries.forEach((query, index) => {
    builder.withTarget(target(query, index, panel));
  });
  return builder;
}

function workerVariable() {
  return new dashboard.QueryVariableBuilder("worker")
    .label("Worker")
    .description("The workers that the page shows.")
    .datasource(SOURCE)
    .query("label_values(worker_build_info, worker)")
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".+")
    .current({ text: "All", value: "$__all" });
}

/**
 * A mark for each value, which is a time. A step of a minute sees the values of the last five, so that no version is missed
 * that ran for less than a step.
 */
function annotation({ panels, marks: { metric, title, text } }: Page) {
  const marked = panels.flatMap(({ isMarked }, index) => (isMarked ? [index + 1] : []));
  return new dashboard.AnnotationQueryBuilder()
    .name(`${title}s`)
    .datasource(SOURCE)
    .enable(true)
    .iconColor("purple")
    .filter(new dashboard.AnnotationPanelFilterBuilder().exclude(false).ids(marked))
    .target(
      new prometheus.DataqueryBuilder()
        .expr(`1000 * last_over_time(${metric}[5m])`)
        .interval("1m")
        .range()
        .refId(`${title}s`),
    )
    .useValueForTime(true)
    .titleFormat(title)
    .textFormat(text)
    .tagKeys("worker");
}

/** A page as a Grafana dashboard, by the types of Grafana's schema. */
export function grafanaDashboard(page: Page): dashboard.Dashboard {
  const builder = new dashboard.DashboardBuilder(page.title)
    .uid(page.uid)
    .description(page.description)
    .tags(["fortress"])
    .time({ from: "now-30m", to: "now" })
    .refresh("10s")
    .timezone("browser")
    .readonly()
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder("Fortress")
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(["fortress"]),
    );
  if (page.hasWorkerFilter) builder.withVariable(workerVariable());
  builder.annotation(annotation(page));
  page.panels.forEach((panel, index) => {
    builder.withPanel(buildPanel(panel, index + 1));
  });
  return builder.build();
}
