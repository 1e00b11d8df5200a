import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import {
  type Figure,
  isCounted,
  isLowBad,
  type Page,
  type Query,
  STATES,
  STATUS_COLOURS,
  type Unit,
} from "./panel.ts";

const SOURCE = { type: "prometheus", uid: "prometheus" }; // grafana/provisioning/datasources
/** Grafana's names of units; it shows any other as it is, after the number. */
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

/** Without steps of our own Grafana paints every number above 80 red. */
function thresholds({ unit, worry }: Figure) {
  const [low, high] = isLowBad(unit) ? [BAD, "text"] : ["text", BAD];
  const from = isCounted(unit) ? Number(worry) + 1 : Number(worry); // a step begins at its value
  const steps = [{ value: null, color: worry === undefined ? "text" : low }];
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(worry === undefined ? steps : [...steps, { value: from, color: high }]);
}

function statPanel(figure: Figure) {
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
    .mappings(figure.unit === "state" ? [noData, states] : [noData])
    .thresholds(thresholds(figure))
    .colorMode(common.BigValueColorMode.Value)
    .height(4)
    .span(COLUMNS / 6);
}

/** A name has the same colour in every panel; a status that of its class. */
function graphPanel({ queries }: Figure) {
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

function panel(figure: Figure) {
  const { kind, title, description, unit, queries } = figure;
  const isStat = kind === "stat";
  const builder = isStat ? statPanel(figure) : graphPanel(figure);
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
    .description("Which workers the page shows; new ones appear by themselves.")
    .datasource(SOURCE)
    .query("label_values(worker_build_info, worker)")
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".+")
    .current({ text: "All", value: "$__all" });
}

/** A page as Grafana's dashboard JSON; the types are those of Grafana's own schema. */
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
  if (page.choosesWorker) builder.withVariable(workerVariable());
  for (const figure of page.figures) builder.withPanel(panel(figure));
  return builder.build();
}
