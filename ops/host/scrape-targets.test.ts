import { expect, test } from "bun:test";
import { expectedReplicas, expectedTargets } from "./scrape-targets.ts";

test("both runtimes scrape the same number of targets", () => {
  expect(expectedTargets("compose.yml")).toBe(expectedTargets("native.yml.template"));
});

test("the expected replicas are one recording rule per worker", () => {
  const service = { name: "api", replicas: 3 };
  expect(JSON.parse(expectedReplicas([service])).groups[0].rules).toEqual([
    { record: "worker:replicas:expected", expr: "vector(3)", labels: { worker: "api" } },
  ]);
});
