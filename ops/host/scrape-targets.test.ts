import { expect, test } from "bun:test";
import { routeOf } from "../../gateway/route-schema.ts";
import { expectations, expectedTargets } from "./scrape-targets.ts";

interface Rule {
  record: string;
  expr: string;
  labels: Record<string, string>;
}
const route = (name: string, objective: object = {}) =>
  routeOf(name, { worker: name, paths: { [`/${name}`]: "", [`/${name}/*`]: "" }, objective });
const rules = (services: string[], routes = services.map((name) => route(name))): Rule[] =>
  JSON.parse(
    expectations(
      services.map((name) => ({ name, replicas: 3 })),
      routes,
    ),
  ).groups[0].rules;

/** The values of a metric, by its labels. */
function series(from: Rule[], metric: string): Record<string, string> {
  const found = from.filter(({ record }) => record === metric);
  return Object.fromEntries(found.map(({ expr, labels }) => [Object.values(labels).join(" "), expr]));
}

test("both runtimes scrape the same number of targets", () => {
  expect(expectedTargets("compose.yml")).toBe(expectedTargets("native.yml.template"));
});

test("the expected replicas are one recording rule per worker", () => {
  expect(series(rules(["a", "b"]), "worker:replicas:expected")).toEqual({ a: "vector(3)", b: "vector(3)" });
});

test("without an objective: 250 ms, and errors page", () => {
  const found = rules(["a"]);
  expect(series(found, "route:latency_objective:seconds")).toEqual({ "/a 0.25": "vector(0.25)" });
  expect(series(found, "route:latency_high:seconds")).toEqual({ "/a 0.5": "vector(0.5)" });
  expect(series(found, "route:errors:page")).toEqual({ "/a": "vector(1)" });
});

test("an objective of 1 s has its bucket as both versions of Prometheus write it", () => {
  const found = rules(["a"], [route("a", { latency: "1s", errors: "ignore" })]);
  expect(series(found, "route:latency_objective:seconds")).toEqual({
    "/a 1": "vector(1)",
    "/a 1.0": "vector(1)",
  });
  expect(series(found, "route:latency_high:seconds")).toEqual({ "/a 2.5": "vector(2.5)" });
  expect(series(found, "route:errors:page")).toEqual({ "/a": "vector(0)" });
});

test("errors of a worker are ignored if all its routes ignore them", () => {
  const ignored = { errors: "ignore" };
  const shared = { ...route("b", ignored), worker: "a" };
  const found = (routes: ReturnType<typeof route>[]) =>
    series(rules(["a", "without-route"], routes), "worker:errors:page");
  expect(found([route("a", ignored), shared])).toEqual({ a: "vector(0)", "without-route": "vector(1)" });
  expect(found([route("a"), shared])).toEqual({ a: "vector(1)", "without-route": "vector(1)" });
});

test("an objective between two buckets is refused with the possible ones", () => {
  expect(() => route("a", { latency: "300ms" })).toThrow(
    'objective: latency must be one of 1ms, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, not "300ms"',
  );
  expect(() => route("a", { latency: "10s" })).not.toThrow();
  expect(() => route("a", { errors: "mail" })).toThrow(
    'objective: errors must be page or ignore, not "mail"',
  );
});
