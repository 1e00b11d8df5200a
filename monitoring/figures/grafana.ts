import * as common from "@grafana/grafana-foundation-sdk/common";
import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Figure, Page, Query, Unit } from "./figure.ts";

const SOURCE = { type: "prometheus", uid: "prometheus" }; // grafana/provisioning/datasources
const UNITS: Record<Unit, string> = {
  "requests/s": "reqps",
  ratio: "percentunit",
  seconds: "s",
  bytes: "bytes",
  "bytes/s": "Bps",
  count: "short",
  days: "d",
};
const COLUMNS = 24;

function target({ expr, legend }: Query, index: number, instant: boolean) {
  const query = new prometheus.DataqueryBuilder()
    .expr(expr)
    .legendFormat(legend)
    .refId(String.fromCharCode(65 + index));
  return instant ? query.instant() : query.range();
}

function panel(figure: Figure) {
  const isStat = figure.kind === "stat";
  const builder = isStat
    ? new stat.PanelBuilder()
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
        .height(4)
        .span(COLUMNS / 6)
    : new timeseries.PanelBuilder()
        .height(8)
        .span(COLUMNS / 3)
        .min(0)
        .fillOpacity(10);
  builder.title(figure.title).description(figure.description).unit(UNITS[figure.unit]).datasource(SOURCE);
  figure.queries.forEach((query, index) => {
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
