import type { Figure, Page, Query, Unit } from "./figure.ts";

const WINDOW = "1m";

/** How prom_console.js shows a unit: a factor, a suffix and the formatter of the axis. */
const GRAPH_UNITS: Record<Unit, [factor: number, suffix: string, formatter: string]> = {
  "requests/s": [1, " /s", "humanize"],
  ratio: [100, " %", "humanizeNoSmallPrefix"],
  seconds: [1, "s", "humanize"],
  bytes: [1, "B", "humanize1024"],
  "bytes/s": [1, "B/s", "humanize1024"],
  count: [1, "", "humanizeNoSmallPrefix"],
  days: [1, " days", "humanizeNoSmallPrefix"],
};
/** The same for a number that the template prints. */
const STAT_UNITS: Record<Unit, string> = {
  "requests/s": 'printf "%.2f /s"',
  ratio: "humanizePercentage",
  seconds: "humanizeDuration",
  bytes: 'humanize1024 | printf "%sB"',
  "bytes/s": 'humanize1024 | printf "%sB/s"',
  count: 'printf "%.0f"',
  days: 'printf "%.0f days"',
};

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** PromQL as an expression of Go's templates, with the chosen worker filled in. */
function promql(expr: string): string {
  const text = expr.replaceAll("$__rate_interval", WINDOW);
  if (!text.includes("$worker")) return `\`${text}\``;
  return `(printf \`${text.replaceAll("$worker", "%[1]s")}\` $worker)`;
}

function stat({ title, description, unit, queries: [query] }: Figure): string {
  if (!query) throw new Error(`${title} has no query`);
  return `  <div class="stat" title="${html(description)}"><h2>${html(title)}</h2>
    <p>{{ with query ${promql(query.expr)} }}{{ . | first | value | ${STAT_UNITS[unit]} }}{{ else }}–{{ end }}</p></div>`;
}

function graph({ title, description, unit, queries }: Figure, id: number): string {
  const [factor, suffix, formatter] = GRAPH_UNITS[unit];
  const scaled = ({ expr }: Query) => (factor === 1 ? expr : `${factor} * (${expr})`);
  const exprs = queries.map((query) => `{{ ${promql(scaled(query))} }}`).join(", ");
  const names = queries
    .map(({ legend }) => JSON.stringify(legend.replace(/{{(\w+)}}/g, "[[$1]]")))
    .join(", ");
  return `  <section><h2>${html(title)}</h2><p>${html(description)}</p><div id="figure-${id}"></div>
    <script>
      picture("figure-${id}", [${exprs}], [${names}], "${suffix}", "${formatter}");
    </script></section>`;
}

/** A page as a Prometheus console template, https://prometheus.io/docs/visualization/consoles/. */
export function consolePage(page: Page): string {
  const part = (kind: Figure["kind"]) => page.figures.filter((figure) => figure.kind === kind);
  return `{{/* Written by monitoring/figures/generate.ts: change the figures there. */}}
{{ template "fortress_head" (args "${page.title}" "${page.description}" .Path) }}
{{ $worker := or (reReplaceAll "[^A-Za-z0-9_.|+-]" "" (or .Params.worker "")) ".+" }}
${page.choosesWorker ? '{{ template "fortress_choice" (args $worker .Path) }}\n' : ""}<div class="stats">
${part("stat").map(stat).join("\n")}
</div>
<div class="graphs">
${part("graph").map(graph).join("\n")}
</div>
{{ template "fortress_tail" }}
`;
}
