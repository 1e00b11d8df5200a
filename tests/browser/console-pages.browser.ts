import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { runningRuntime } from "../../ops/runtime.ts";
import { setting, workers } from "../../ops/settings/project.ts";
import { fits, serious } from "./axe.ts";
import { launch, open, type PageProblems } from "./chromium.ts";

const CLEAN: PageProblems = { errors: [], violations: [], foreign: [] };
const native = (await runningRuntime()) === "native"; // Prometheus 3, in containers, has no console pages
const address = (page: string) => `http://127.0.0.1:${setting("PROMETHEUS_PORT")}/consoles/${page}.html`;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Series {
  metric: Record<string, string>;
  value: number;
}

/** Opens a page whose graphs and matrices get these series instead of those of Prometheus. */
async function openWith(series: Series[], name = "gateway"): Promise<{ page: Page; problems: PageProblems }> {
  const opened = await open(browser, address(name));
  await opened.page.route("**/api/v1/query_range*", (route) => {
    const { searchParams } = new URL(route.request().url());
    const times = Array.from({ length: 300 }, (_, i) => Number(searchParams.get("start")) + i * 5);
    const result = series.map(({ metric, value }) => ({
      metric,
      values: times.map((time) => [time, String(value)]),
    }));
    return route.fulfill({ json: { status: "success", data: { resultType: "matrix", result } } });
  });
  await opened.page.route("**/api/v1/query?*", (route) => {
    const result = series.map(({ metric, value }) => ({ metric, value: [0, String(value)] }));
    return route.fulfill({ json: { status: "success", data: { resultType: "vector", result } } });
  });
  await opened.page.reload({ waitUntil: "networkidle" });
  return opened;
}

/** The colour of each series of a panel, by its name in the legend. */
function colours(page: Page, id: string): Promise<Record<string, string>> {
  return page.evaluate(`Object.fromEntries([...document.querySelectorAll("#${id} li")].map((entry) =>
    [entry.textContent, entry.querySelector("path").getAttribute("stroke")]))`);
}

/** Hue in degrees: 0 red, 40 amber, 120 green. */
function hue(colour = "#000000"): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return (Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI;
}

const status = (code: number): Series => ({ metric: { status: String(code) }, value: code / 100 });

/** Texts that are cut off at the edge of their box, and labels outside of it. */
function clipped(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll(".stat, section")].flatMap((box) => {
    const edge = box.getBoundingClientRect();
    const outside = [...box.querySelectorAll("text, p, h2, li")].filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return left < edge.left || right > edge.right || top < edge.top || bottom > edge.bottom;
    });
    return [...(box.scrollWidth > box.clientWidth ? [box] : []), ...outside].map((one) => one.textContent);
  })`);
}

const PAGES = ["gateway", "workers", "shadow", "canary"];
const WIDTHS = [1280, 800, 360];
const LONG = "a-worker-whose-name-has-forty-characters"; // the longest name
const BESIDE = {
  ...{ reason: "capacity", quantile: "0.5", stable: "one", candidate: "another" }, // of a shadow
  ...{ outcome: "running", check: "agreement", arm: "candidate", share: "12.5" }, // of a canary
};
/** No traffic, and little and much of it. */
const TRAFFIC: Record<string, Series[]> = {
  "no data": [],
  "0.000123": [
    { metric: { worker: LONG, upstream: LONG, replica: "12", status: "200", ...BESIDE }, value: 0.000123 },
  ],
  "1234567": [{ metric: { worker: LONG, upstream: LONG, route: `/${LONG}`, ...BESIDE }, value: 1_234_567 }],
};

for (const name of PAGES)
  for (const [traffic, series] of Object.entries(TRAFFIC))
    test.skipIf(!native)(`${name}, ${traffic}: no script error, no NaN, no cut text`, async () => {
      const { page, problems } = await openWith(series, name);
      expect(problems).toEqual(CLEAN);
      expect(await page.locator("body").textContent()).not.toMatch(/NaN|undefined|Infinity/);
      expect(await serious(page)).toEqual([]);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect({ width, clipped: await clipped(page), fits: await fits(page) }).toEqual({
          width,
          clipped: [],
          fits: true,
        });
      }
    });

test.skipIf(!native)("the pages draw what Prometheus has; their links lead to pages", async () => {
  for (const name of PAGES) {
    const { page, problems } = await open(browser, address(name));
    await page.waitForLoadState("networkidle");
    expect(problems).toEqual(CLEAN);
    expect(await page.locator(".stat").allTextContents()).not.toContainEqual(expect.stringContaining("NaN"));
    const links = await page.locator("nav a").evaluateAll((all) => all.map((link) => link.href));
    const statuses = links.map(async (link) => [link, (await page.request.get(link)).status()]);
    expect(await Promise.all(statuses)).toEqual(links.map((link) => [link, 200]));
  }
});

test.skipIf(!native)("2xx is green, 4xx amber, 5xx red", async () => {
  const { page } = await openWith([200, 401, 422, 503].map(status));
  const found = await colours(page, "panel-0");
  expect(hue(found["200"])).toBeWithin(90, 150);
  expect([hue(found["401"]), hue(found["422"])]).toSatisfy((hues) => hues.every((h) => h > 25 && h < 60));
  expect(hue(found["503"])).toBeWithin(-15, 15);
});

test.skipIf(!native)(
  "a matrix has a row and a column for each label, and scrolls where it is wider",
  async () => {
    const labels = Array.from({ length: 13 }, (_, i) => `label-${String(i).padStart(2, "0")}`);
    const pair = (stable: string, candidate: string, value: number) => ({
      metric: { stable, candidate },
      value,
    });
    const { page, problems } = await openWith(
      [...labels.map((label, i) => pair(label, label, 1000 - i)), pair("label-03", "label-07", 5)],
      "shadow",
    );
    const rows = await page
      .locator("#matrix-0 tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(rows[0]?.slice(1)).toEqual(labels);
    expect(rows.slice(1).map(([name]) => name)).toEqual(labels);
    expect(rows[4]?.[4]).toBe("997");
    expect(rows[4]?.[8]).toBe("5");
    expect(rows.flatMap((row) => row.slice(1)).filter((text) => /^\d+$/.test(text ?? ""))).toHaveLength(14);
    await page.setViewportSize({ width: 360, height: 900 });
    expect(await fits(page)).toBe(true);
    const wider =
      "document.querySelector('#matrix-0').scrollWidth > document.querySelector('#matrix-0').clientWidth";
    expect(await page.evaluate(wider)).toBe(true);
    expect(await serious(page)).toEqual([]);
    expect(problems).toEqual(CLEAN);
  },
);

test.skipIf(!native)("a worker has one colour in every graph of both pages", async () => {
  const names = workers().map(({ name }) => name);
  const series = names.map((worker) => ({ metric: { worker, upstream: worker, replica: "1" }, value: 1 }));
  const seen = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
  for (const [name, panels] of [
    ["gateway", ["panel-3", "panel-4", "panel-6"]],
    ["workers", ["panel-0", "panel-3", "panel-6"]],
  ] as const) {
    const { page } = await openWith(series, name);
    for (const panel of panels)
      for (const [legend, colour] of Object.entries(await colours(page, panel)))
        seen
          .get(names.findLast((worker) => legend === worker || legend.startsWith(`${worker} `)) ?? "")
          ?.add(colour);
  }
  expect([...seen.values()].map(({ size }) => size)).toEqual(names.map(() => 1));
  expect(new Set([...seen.values()].flatMap((one) => [...one])).size).toBe(names.length);
});

test.skipIf(!native)("axis labels are beside the axes, and the unit is shown", async () => {
  const { page } = await openWith([status(200), status(503)]);
  const boxes = (selector: string): Promise<DOMBox[]> =>
    page.evaluate(`[...document.querySelectorAll("#panel-0 ${selector}")].map((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return { left, right, top, bottom, text: one.textContent };
    })`);
  const [grid, values, times] = [await boxes(".grid"), await boxes(".value"), await boxes(".time")];
  const [axis] = await boxes(".axis");
  expect([grid.length, values.length, times.length].every((count) => count >= 2 && count <= 7)).toBe(true);
  expect(values.every(({ right }) => right <= (axis?.left ?? 0))).toBe(true);
  expect(times.every(({ top }) => top >= (axis?.bottom ?? 0))).toBe(true);
  expect((await boxes(".unit")).map(({ text }) => text)).toEqual(["requests/s"]);
});

test.skipIf(!native)(
  "deployments are lines at their time, and a text that a screen reader finds",
  async () => {
    const [name = ""] = workers().map(({ name }) => name);
    const { page, problems } = await open(browser, address("gateway"));
    const clock = (time: number) => new Date(time * 1000).toTimeString().slice(0, 5);
    let [early, late] = [0, 0];
    await page.route("**/api/v1/query_range*", (route) => {
      const { searchParams } = new URL(route.request().url());
      const [start, end] = [Number(searchParams.get("start")), Number(searchParams.get("end"))];
      if (late === 0) [early, late] = [end - 900, end - 450]; // once: queries a second apart may be in two minutes
      const series = (metric: Record<string, string>, ...values: number[]) => ({
        metric,
        values: values.map((value, i) => [start + i * 60, String(value)]),
      });
      const result = searchParams.get("query")?.includes("version_since")
        ? [
            series({ worker: name, version: "1".repeat(12) }, start - 9000, late, late), // again, after 222222222222
            series({ worker: name, version: "2".repeat(12) }, early, early),
          ]
        : [series({ upstream: name }, 1, 1)];
      return route.fulfill({ json: { status: "success", data: { resultType: "matrix", result } } });
    });
    await page.reload({ waitUntil: "networkidle" });
    const expected = [
      `deployed ${clock(late)}: ${name} 111111111111`,
      `deployed ${clock(early)}: ${name} 222222222222`,
    ];
    const marked = ["panel-0", "panel-2", "panel-3", "panel-10", "panel-11"]; // statuses, latency and failures
    for (const id of marked) {
      expect(await page.locator(`#${id} .deployments li`).allTextContents()).toEqual(expected);
      const tree = await page.locator(`#${id}`).ariaSnapshot();
      for (const text of expected) expect(tree).toContain(text);
    }
    expect(await page.locator(".deployments").count()).toBe(marked.length);
    const [axis, ...lines] = await Promise.all(
      [".axis >> nth=0", "line.deployment >> nth=0", "line.deployment >> nth=1"].map((selector) =>
        page.locator(`#panel-3 ${selector}`).boundingBox(),
      ),
    );
    const places = lines.map((line) => ((line?.x ?? 0) - (axis?.x ?? 0)) / (axis?.width ?? 1));
    expect(places[0]).toBeCloseTo(0.75, 1); // 450 of 1800 seconds before the end
    expect(places[1]).toBeCloseTo(0.5, 1);
    const colour = await page.locator("#panel-3 li path.series").getAttribute("stroke");
    expect(await page.locator("#panel-3 line.deployment >> nth=0").getAttribute("stroke")).toBe(colour);
    expect(problems).toEqual(CLEAN);
    expect(await serious(page)).toEqual([]);
  },
);

test.skipIf(!native)("a preview and a canary have the colour of their worker and other dashes", async () => {
  const names = workers().map(({ name }) => name);
  const series = names.flatMap((name) => [name, `${name}.preview`, `${name}.canary`]);
  const { page } = await openWith(series.map((upstream) => ({ metric: { upstream }, value: 1 })));
  const found = await colours(page, "panel-3");
  for (const name of names)
    for (const beside of ["preview", "canary"]) expect(found[`${name}.${beside}`]).toBe(found[name] ?? "");
  const dashes = (await page
    .locator("#panel-3 li path")
    .evaluateAll((all) => all.map((path) => path.getAttribute("stroke-dasharray")))) as string[];
  expect(new Set(dashes.slice(0, 3)).size).toBe(3);
});

interface DOMBox {
  left: number;
  right: number;
  top: number;
  bottom: number;
  text: string;
}

test.skipIf(!native)('without data, numbers and graphs show "no data"', async () => {
  const { page } = await open(browser, `${address("workers")}?worker=nobody`);
  expect(new Set(await page.locator(".stat > p").allTextContents())).toEqual(new Set(["no data"]));
  for (const series of [[], [{ metric: {}, value: Number.NaN }]]) {
    const { page } = await openWith(series);
    expect(new Set(await page.locator(".panel").allTextContents())).toEqual(new Set(["no data"]));
  }
});
