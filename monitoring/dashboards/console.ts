import {
  isMinimum,
  isWhole,
  type Marks,
  PALETTE,
  type Page,
  type Panel,
  STATUS_COLOURS,
  TEXTS,
  type Unit,
} from "./panel.ts";

const WINDOW = "1m";

/** The template function that formats a number, and the text after it. */
const STAT_FORMATS: Partial<Record<Unit, [format: string, suffix: string]>> = {
  "requests/s": ['printf "%.2f"', "requests/s"],
  ratio: ["humanizePercentage", ""],
  seconds: ["humanizeDuration", ""],
  bytes: ['humanize1024 | printf "%sB"', ""],
  days: ['printf "%.0f"', "days"],
};

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** PromQL as an expression of Go's templates, with the selected workers filled in. */
function promql(expr: string): string {
  const text = expr.replaceAll("$__rate_interval", WINDOW);
  if (!text.includes("$worker")) return `\`${text}\``;
  return `(printf \`${text.replaceAll("$worker", "%[1]s")}\` $worker)`;
}

/** A legend as JavaScript; {{label}} would be an expression of the template. */
const quoted = (legend: string) => JSON.stringify(legend.replace(/{{(\w+)}}/g, "[[$1]]"));

const NO_DATA = '<p class="absent">no data</p>';

function stat({ title, description, unit, threshold, queries: [query] }: Panel): string {
  if (!query) throw new Error(`${title} has no query`);
  const [format, suffix] = STAT_FORMATS[unit] ?? ['printf "%.0f"', unit];
  const number = `{{ $value | ${format} }}${suffix && ` <small>${suffix}</small>`}`;
  const texts = Object.entries(TEXTS[unit] ?? {})
    .map(([value, text]) => `{{ if eq $value ${Number(value).toFixed(1)} }}${text}{{ end }}`)
    .join("");
  const compare = isMinimum(unit) ? "lt" : "gt";
  const bad =
    threshold === undefined ? "" : `{{ if ${compare} $value ${threshold.toFixed(3)} }} class="bad"{{ end }}`;
  // A value that is not equal to itself is NaN: a ratio without traffic.
  return `  <div class="stat" title="${html(description)}"><h2>${html(title)}</h2>
    {{ with query ${promql(query.expr)} }}{{ $value := . | first | value }}
    {{ if eq $value $value }}<p${bad}>${texts || number}</p>{{ else }}${NO_DATA}{{ end }}
    {{ else }}${NO_DATA}{{ end }}</div>`;
}

function graph({ title, description, unit, queries, isMarked }: Panel, id: number, marks: Marks) {
  const lines = queries.map(({ expr, legend }) => `[{{ ${promql(expr)} }}, ${quoted(legend)}]`);
  const marked = isMarked
    ? `, marks: [{{ ${promql(marks.metric)} }}, ${quoted(marks.verb)}, ${quoted(marks.text)}]`
    : "";
  return `  <section><h2>${html(title)}</h2><p>${html(description)}</p><div class="panel" id="panel-${id}"></div>
    <script>
      drawPanel("panel-${id}", { unit: "${unit}", whole: ${isWhole(unit)}, queries: [${lines.join(", ")}]${marked} });
    </script></section>`;
}

function table({ title, description, unit, columns = [], queries: [query] }: Panel): string {
  if (!query) throw new Error(`${title} has no query`);
  const cells = columns.map((name) => `<td>{{ .Labels.${name} }}</td>`).join("");
  const isTime = unit === "time";
  const value = isTime ? 'reReplaceAll "[.+].*" "" (humanizeTimestamp .Value)' : 'printf "%.0f" .Value';
  return `  <section><h2>${html(title)}</h2><p>${html(description)}</p>
    {{ with query ${promql(query.expr)} }}<table>
      <tr>${[...columns, `${query.legend}${isTime ? " (UTC)" : ""}`].map((name) => `<th scope="col">${html(name)}</th>`).join("")}</tr>
      {{ range . | sortByLabel "${columns[0]}" }}<tr>${cells}<td>{{ ${value} }}</td></tr>
      {{ end }}</table>{{ else }}${NO_DATA}{{ end }}</section>`;
}

function matrix({ title, description, columns = [], queries: [query] }: Panel, id: number): string {
  if (!query) throw new Error(`${title} has no query`);
  const [rows, others] = columns.map((name) => JSON.stringify(name));
  return `  <section><h2>${html(title)}</h2><p>${html(description)}</p><div class="matrix" id="matrix-${id}" role="region" aria-label="${html(title)}" tabindex="0"></div>
    <script>
      drawMatrix("matrix-${id}", {{ ${promql(query.expr)} }}, ${rows}, ${others});
    </script></section>`;
}

/** chart.js as a template library. */
export function chartLibrary(script: string): string {
  const constants = Object.entries({ STATUS_COLOURS, PALETTE })
    .map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`)
    .join("");
  return `{{/* Written by monitoring/dashboards/generate.ts from chart.js. */}}
{{ define "fortress_chart" }}<script>
${constants}${script}</script>{{ end }}
`;
}

/** A page as a Prometheus console template, https://prometheus.io/docs/visualization/consoles/. */
export function consolePage(page: Page): string {
  const part = (kind: Panel["kind"]) => page.panels.filter((panel) => panel.kind === kind);
  return `{{/* Written by monitoring/dashboards/generate.ts: edit ${page.uid}.ts there. */}}
{{ template "fortress_head" (args "${page.title}" "${page.description}" .Path) }}
{{ $worker := or (reReplaceAll "[^A-Za-z0-9_.|+-]" "" (or .Params.worker "")) ".+" }}
${page.hasWorkerFilter ? '{{ template "fortress_choice" (args $worker .Path) }}\n' : ""}<div class="stats">
${part("stat").map(stat).join("\n")}
</div>
<div class="graphs">
${part("graph")
  .map((panel, id) => graph(panel, id, page.marks))
  .join("\n")}
${[...part("matrix").map(matrix), ...part("table").map(table)].join("\n")}
</div>
{{ template "fortress_tail" }}
`;
}
