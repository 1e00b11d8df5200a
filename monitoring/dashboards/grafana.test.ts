import { expect, test } from "bun:test";
import { canary } from "./canary.ts";
import { gateway } from "./gateway.ts";
import { grafanaDashboard } from "./grafana.ts";
import { shadow } from "./shadow.ts";
import { workers } from "./workers.ts";

interface Panel {
  type: string;
  title: string;
  fieldConfig: {
    defaults: { unit?: string; mappings?: { type: string }[]; thresholds?: { steps: { color: string }[] } };
    overrides: { matcher: { options: string }; properties: { value: { fixedColor?: string } }[] }[];
  };
  targets: { legendFormat: string }[];
}
const panels = [gateway, workers, shadow, canary].flatMap(
  (page) => (JSON.parse(JSON.stringify(grafanaDashboard(page))) as { panels: Panel[] }).panels, // as Grafana reads it
);

test("every panel has a unit or texts for its states", () => {
  const without = panels.filter(({ fieldConfig: { defaults } }) => {
    const states = defaults.mappings?.some(({ type }) => type === "value");
    return !states && (!defaults.unit || defaults.unit === "short");
  });
  expect(without.map(({ title }) => title)).toEqual([]);
});

test("a stat has its own thresholds and a text for missing data", () => {
  for (const { fieldConfig } of panels.filter(({ type }) => type === "stat")) {
    expect(fieldConfig.defaults.thresholds?.steps.length).toBeWithin(1, 3);
    expect(fieldConfig.defaults).toMatchObject({ noValue: "no data" });
  }
});

test("a status has the colour of its class", () => {
  const byStatus = panels.filter(
    ({ type, targets }) =>
      type === "timeseries" && targets.some((one) => one.legendFormat.includes("status")),
  );
  expect(byStatus.length).toBe(2);
  for (const { fieldConfig } of byStatus) {
    const colour = (name: string) =>
      fieldConfig.overrides.find(({ matcher }) => new RegExp(matcher.options.slice(1, -1)).test(name))
        ?.properties[0]?.value.fixedColor;
    expect(colour("200")).toBe(colour("echo 204"));
    expect(new Set([colour("200"), colour("404"), colour("503"), undefined]).size).toBe(4);
    expect(colour("echo")).toBeUndefined();
  }
});

test("deployments are marked on the panels of errors and latency, with the value as time", () => {
  for (const [page, titles] of [
    [gateway, /status|latency|failed, |slower/i],
    [workers, /status|failed|duration/i],
  ] as const) {
    const { annotations, panels } = grafanaDashboard(page);
    const [deployments] = annotations?.list ?? [];
    expect(deployments).toMatchObject({
      enable: true,
      useValueForTime: true,
      textFormat: "{{worker}} {{version}}",
    });
    const graphs = panels?.filter((panel) => "type" in panel && panel.type === "timeseries") ?? [];
    const marked = graphs
      .filter(({ id = 0 }) => deployments?.filter?.ids.includes(id))
      .map(({ title }) => title);
    expect(marked).toEqual(graphs.map(({ title }) => title).filter((title = "") => titles.test(title)));
    expect(marked).toHaveLength(deployments?.filter?.ids.length ?? 0);
  }
});

test("the steps of a canary are marked with their share", () => {
  const [steps] = grafanaDashboard(canary).annotations?.list ?? [];
  expect(steps).toMatchObject({ enable: true, useValueForTime: true, textFormat: "{{worker}} {{share}} %" });
  expect(steps?.filter?.ids.length).toBeGreaterThan(0);
});
