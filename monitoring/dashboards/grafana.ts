import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import {
  isCounted,
  isMinimum,
  type Page,
  type Panel,
  type Query,
  STATES,
  STATUS_COLOURS,
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
};
const BAD = STATUS_COLOURS["5"] ?? "red";
const COLUMNS = 24;

function target({ expr, legend }: Query, index: number, instant: boolean) {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index));
  return instant ? query.instant() : query.range();
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

function statPanel(panel: Panel) {
  const noData: dashboard.SpecialValueMap = {
    type: dashboard.MappingType.SpecialValue,
    options: { match: dashboard.SpecialValueMatch.NullAndNan, result: { text: "no data" } },
  };
  const states: dashboard.ValueMap = {
    type: dashboard.MappingType.ValueToText,
    options: Object.fromEntries(STATES.map((text, value) => [String(value), { text }])),
  };
  return new stat.PanelBuilder()
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .noValue("no data")
    .mappings(panel.unit === "state" ? [noData, states] : [noData])
    .thresholds(thresholds(panel))
    .colorMode(common.BigValueColorMode.Value)
    .height(4)
    .span(COLUMNS / 6);
}

/** Series of one name have one colour in every panel; a status has the colour of its class. */
function graphPanel({ queries }: Panel) {
  const builder = new timeseries.PanelBuilder()
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName))
    .height(8)
    .span(COLUMNS / 3)
    .min(0)
    .fillOpacity(10);
  if (queries.some(({ legend }) => legend.endsWith("{{status}}"))) {
    for (const [digit, fixedColor] of Object.entries(STATUS_COLOURS)) {
      const value = { mode: dashboard.FieldColorModeId.Shades, fixedColor };
      builder.overrideByRegexp(`/(^| )${digit}\\d*$/`, [{ id: "color", value }]);
    }
  }
  return builder;
}

function buildPanel(panel: Panel) {
  const { kind, title, description, unit, queries } = panel;
  const isStat = kind === "stat";
  const builder = isStat ? statPanel(panel) : graphPanel(panel);
  builder.title(title).description(description).datasource(SOURCE);
  if (unit !== "state") builder.unit(UNITS[unit] ?? `suffix:${unit}`);
  if (isCounted(unit)) builder.decimals(0);
  queries.forEach((query, index) => {
    builder.withTarget(target(query, index, isStat));
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
  for (const panel of page.panels) builder.withPanel(buildPanel(panel));
  return builder.build();
}
