/* global PATH_PREFIX, WORKERS, STATUS_COLOURS, PALETTE, minutes */
// Draws a panel of a console page as SVG, with data of Prometheus' HTTP API. generate.ts copies it into consoles/lib/chart.lib.
const SIZE = { width: 380, height: 170, left: 38, right: 8, top: 18, bottom: 20 };
const INNER = { width: SIZE.width - SIZE.left - SIZE.right, height: SIZE.height - SIZE.top - SIZE.bottom };
const POINTS = 360;
const LISTED = 5; // marks below a chart; the lines show all
const DASHES = ["", "7 3", "2 2", "7 3 2 3", "12 4"];
const SCALES = {
  ratio: [0.01, "%"],
  seconds: [1e-6, "µs", 1e-3, "ms", 1, "s"],
  bytes: [1, "B", 1024, "KiB", 1024 ** 2, "MiB", 1024 ** 3, "GiB"],
  "bytes/s": [1, "B/s", 1024, "KiB/s", 1024 ** 2, "MiB/s", 1024 ** 3, "GiB/s"],
};

/** 1.5M: a longer number would not fit beside the axis. */
const COMPACT = new Intl.NumberFormat("en", { notation: "compact" });

/** Factor and name of the unit for values up to `largest`. */
function scaleFor(unit, largest) {
  const scales = SCALES[unit] ?? [1, unit];
  let at = largest === 0 ? Math.max(0, scales.indexOf(1)) : 0;
  while (scales[at + 2] <= largest) at += 2;
  return { factor: scales[at], name: scales[at + 1] };
}

/** Round numbers from 0, or at most the smallest value, to at least the largest. */
function ticks(smallest, largest, whole) {
  const top = largest - smallest === 0 ? 1 : largest;
  const rough = (top - smallest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough && (!whole || n >= 1)) ?? 1;
  const first = Math.floor(smallest / step + 1e-9);
  const last = Math.ceil(top / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
}

function svg(name, attributes, parent, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return parent.appendChild(node);
}

/** A preview, "NAME.preview", and a canary, "NAME.canary", have the colour of their worker. */
function workerColour(name) {
  const worker = name.replace(/\.(canary|preview)$/, "");
  if (!WORKERS.includes(worker)) WORKERS.push(worker); // removed from compose.yaml
  return PALETTE[WORKERS.indexOf(worker) % PALETTE.length];
}

/** A status has the colour of its class, a worker the same on every page; any other series the next one. */
function paint(series) {
  const used = {};
  let next = 0;
  for (const one of series) {
    const { status, worker = one.labels.upstream } = one.labels;
    const colour = worker === undefined ? PALETTE[next++ % PALETTE.length] : workerColour(worker);
    one.colour = STATUS_COLOURS[status?.[0]] ?? colour;
    used[one.colour] = (used[one.colour] ?? -1) + 1;
    one.dash = DASHES[used[one.colour] % DASHES.length];
  }
}

async function queryRange(query, start, end, step) {
  const parameters = new URLSearchParams({ query, start, end, step });
  const answer = await fetch(`${PATH_PREFIX}/api/v1/query_range?${parameters}`);
  const { data, error } = await answer.json();
  if (error) throw new Error(error);
  return data.result;
}

const named = (legend, labels) => legend.replace(/\[\[(\w+)\]\]/g, (_, label) => labels[label] || "(none)");

async function load({ queries }, start, end, step) {
  const answers = queries.map(async ([query, legend]) => {
    const result = await queryRange(query, start, end, step);
    return result.map(({ metric, values }) => ({
      labels: metric,
      name: named(legend, metric),
      points: new Map(values.map(([time, value]) => [Math.round((time - start) / step), Number(value)])),
    }));
  });
  const series = (await Promise.all(answers)).flat();
  for (const { points } of series)
    for (const [i, value] of points) if (!Number.isFinite(value)) points.delete(i);
  return series
    .filter(({ points }) => points.size > 0)
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** Each value is a time, as of a deployment. A window of a step or more sees a version that ran for less than a step. */
async function loadMarks([query, verb, text], start, end) {
  const step = (end - start) / 30;
  const result = await queryRange(
    `last_over_time(${query}[${Math.max(300, Math.ceil(step))}s])`,
    start,
    end,
    step,
  );
  return result
    .flatMap(({ metric, values }) =>
      [...new Set(values.map(([, value]) => Number(value)))].map((time) => ({
        worker: metric.worker,
        verb,
        text: named(text, metric),
        time,
      })),
    )
    .filter(({ time }) => time >= start && time <= end)
    .sort((a, b) => b.time - a.time);
}

function drawMarks(plot, marks, { start, end, x }) {
  for (const { worker, text, time } of marks) {
    const at = x((time - start) / (end - start));
    const stroke = workerColour(worker);
    const line = svg(
      "line",
      { x1: at, x2: at, y1: SIZE.top - 6, y2: SIZE.top + INNER.height, stroke, class: "deployment" },
      plot,
    );
    svg("title", {}, line, text);
  }
}

/** The same as text, the latest first: a pointer or a screen reader need not find the lines. */
function listMarks(node, marks) {
  if (marks.length === 0) return;
  const list = node.appendChild(document.createElement("ul"));
  list.className = "deployments";
  for (const { worker, verb, text, time } of marks.slice(0, LISTED)) {
    const entry = list.appendChild(document.createElement("li"));
    const swatch = svg("svg", { width: 22, height: 12 }, entry);
    svg("path", { d: "M11 0V12", stroke: workerColour(worker), class: "deployment" }, swatch);
    entry.append(`${verb} ${clock(time, minutes >= 1440)}: ${text}`);
  }
  const more = marks.length - LISTED;
  if (more > 0) list.appendChild(document.createElement("li")).append(`and ${more} earlier`);
}

/** 14:03, or Nov 26 14:03. */
function clock(time, withDate) {
  const [, month, day, , hours] = new Date(time * 1000).toString().split(" ");
  return `${withDate ? `${month} ${day} ` : ""}${hours.slice(0, 5)}`;
}

function drawAxes(plot, { start, end, marks, factor, unit, x, y }) {
  svg("text", { x: 0, y: 10, class: "unit" }, plot, unit);
  for (const mark of marks) {
    const at = y(mark * factor);
    svg(
      "line",
      { x1: SIZE.left, x2: SIZE.width - SIZE.right, y1: at, y2: at, class: mark ? "grid" : "axis" },
      plot,
    );
    const text = mark < 1e5 ? Number(mark.toPrecision(6)) : COMPACT.format(mark);
    svg("text", { x: SIZE.left - 5, y: at + 4, class: "value" }, plot, text);
  }
  const every =
    [1, 2, 5, 10, 30, 60, 120, 180, 360].map((n) => n * 60).find((n) => (end - start) / n <= 6) ?? 86400;
  const shift = new Date(end * 1000).getTimezoneOffset() * 60;
  for (let time = Math.ceil((start - shift) / every) * every + shift; time <= end; time += every) {
    const at = x((time - start) / (end - start));
    if (at < SIZE.left + 8 || at > SIZE.width - 16) continue; // the label would be cut off
    const bottom = SIZE.top + INNER.height;
    svg("line", { x1: at, x2: at, y1: bottom, y2: bottom + 4, class: "axis" }, plot);
    svg("text", { x: at, y: SIZE.height - 3, class: "time" }, plot, clock(time, false));
  }
}

function drawLine(plot, { points, colour, dash }, x, y) {
  let path = "";
  for (let i = 0; i <= POINTS; i++) {
    const value = points.get(i);
    if (value === undefined) continue;
    path += `${points.has(i - 1) ? "L" : "M"}${x(i / POINTS).toFixed(1)} ${y(value).toFixed(1)}`;
    if (!points.has(i - 1) && !points.has(i + 1)) path += "h1"; // a single point
  }
  svg("path", { d: path, stroke: colour, "stroke-dasharray": dash, class: "series" }, plot);
}

function addLegend(node, series, show) {
  const list = node.appendChild(document.createElement("ul"));
  const values = series.map(({ name, colour, dash }) => {
    const entry = list.appendChild(document.createElement("li"));
    const swatch = svg("svg", { width: 22, height: 8 }, entry);
    svg("path", { d: "M0 4H22", stroke: colour, "stroke-dasharray": dash, class: "series" }, swatch);
    entry.append(name);
    return entry.appendChild(document.createElement("b"));
  });
  return (i) =>
    values.forEach((value, at) => {
      value.textContent = show(series[at].points.get(i));
    });
}

// biome-ignore lint/correctness/noUnusedVariables: the pages call it
async function drawPanel(id, panel) {
  const node = document.getElementById(id);
  const step = (minutes * 60) / POINTS;
  const end = Math.floor(Date.now() / 1000 / step) * step;
  const start = end - minutes * 60;
  const plot = svg("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}` }, node);
  let series = [];
  let found = [];
  let absent = "no data";
  try {
    [series, found] = await Promise.all([
      load(panel, start, end, step),
      panel.marks ? loadMarks(panel.marks, start, end) : [],
    ]);
  } catch (error) {
    absent = `Prometheus does not answer: ${error.message}`;
  }
  if (series.length === 0) {
    svg("text", { x: SIZE.width / 2, y: SIZE.height / 2, class: "absent" }, plot, absent);
    return;
  }
  paint(series);
  const values = series.flatMap(({ points }) => [...points.values()]);
  const [smallest, largest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const { factor, name: unit } = scaleFor(panel.unit, Math.max(largest, -smallest));
  const marks = ticks(smallest / factor, largest / factor, panel.whole);
  const x = (part) => SIZE.left + part * INNER.width;
  const [bottom, top] = [marks[0], marks.at(-1)];
  const y = (value) => SIZE.top + INNER.height * (1 - (value / factor - bottom) / (top - bottom));
  drawAxes(plot, { start, end, marks, factor, unit, x, y });
  drawMarks(plot, found, { start, end, x });
  for (const one of series) drawLine(plot, one, x, y);
  const show = (value) => (value === undefined ? "" : `${Number((value / factor).toPrecision(3))} ${unit}`);
  const showValues = addLegend(node, series, show);
  listMarks(node, found);
  const cursor = svg(
    "line",
    { x1: x(1), x2: x(1), y1: SIZE.top, y2: SIZE.top + INNER.height, class: "cursor", visibility: "hidden" },
    plot,
  );
  plot.addEventListener("pointermove", ({ clientX }) => {
    const box = plot.getBoundingClientRect();
    const part = ((clientX - box.left) * (SIZE.width / box.width) - SIZE.left) / INNER.width;
    const i = Math.round(Math.min(1, Math.max(0, part)) * POINTS);
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(i / POINTS));
    cursor.setAttribute("visibility", "visible");
    showValues(i);
  });
  plot.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    showValues(-1);
  });
}

// biome-ignore lint/correctness/noUnusedVariables: the pages call it
async function drawMatrix(id, query, rows, columns) {
  const node = document.getElementById(id);
  const absent = (text) => {
    node.append(Object.assign(document.createElement("p"), { className: "absent", textContent: text }));
  };
  let found = [];
  try {
    const answer = await fetch(`${PATH_PREFIX}/api/v1/query?${new URLSearchParams({ query })}`);
    found = (await answer.json()).data.result;
  } catch (error) {
    absent(`Prometheus does not answer: ${error.message}`);
    return;
  }
  if (found.length === 0) {
    absent("no data");
    return;
  }
  const names = [...new Set(found.flatMap(({ metric }) => [metric[rows], metric[columns]]))].sort();
  const values = new Map(
    found.map(({ metric, value }) => [`${metric[rows]} ${metric[columns]}`, Number(value[1])]),
  );
  const largest = Math.max(...values.values());
  const table = node.appendChild(document.createElement("table"));
  const cell = (row, name, text, scope) => {
    const made = row.appendChild(document.createElement(name));
    made.textContent = text;
    if (scope) made.scope = scope;
    return made;
  };
  const head = table.insertRow();
  cell(head, "th", `${rows} / ${columns}`, "row");
  for (const name of names) cell(head, "th", name, "col");
  for (const own of names) {
    const row = table.insertRow();
    cell(row, "th", own, "row");
    for (const other of names) {
      const value = values.get(`${own} ${other}`) ?? 0;
      const made = cell(row, "td", value === 0 ? "" : String(value));
      const colour = own === other ? "46, 158, 79" : "212, 58, 47";
      // By its root, so that a few changes are visible beside thousands of equal labels.
      made.style.background = `rgba(${colour}, ${(0.5 * Math.sqrt(value / largest)).toFixed(3)})`;
    }
  }
}
