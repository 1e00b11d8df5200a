import { expect, test } from "bun:test";
import type { WorkerService } from "../settings/project.ts";
import {
  canaryReplica,
  previewReplica,
  processName,
  replicas,
  shadowReplica,
  spareReplica,
  withSurplus,
  workerOf,
} from "./replicas.ts";

const service = (name: string, count: number): WorkerService => ({
  name,
  replicas: count,
  environment: {},
  secrets: [],
  outbound: false,
});
const ports = (services: WorkerService[], name: string) =>
  replicas(services)
    .filter(({ worker }) => worker.name === name)
    .map(({ port }) => port);

test("scaling or adding a worker changes no port of the others", () => {
  const before = ports([service("a", 3), service("b", 1)], "b");
  expect(ports([service("a", 5), service("b", 2), service("c", 1)], "b").slice(0, 1)).toEqual(before);
});

test("every replica, spare, preview, shadow and canary has its own port", () => {
  const services = [service("a", 16), service("b", 16)];
  const all = [
    ...replicas(services),
    ...services.flatMap((each) =>
      [spareReplica, previewReplica, shadowReplica, canaryReplica].map((of) => of(each, services)),
    ),
  ];
  expect(new Set(all.map(({ port }) => port)).size).toBe(40);
});

test("more replicas than ports are refused with the worker's name", () => {
  expect(() => replicas([service("a", 17)])).toThrow("a: native mode runs at most 16 replicas");
});

test("the worker of a process is known by its name", () => {
  const one = service("own-2", 1);
  for (const index of [1, "next", "preview", "shadow", "canary"] as const)
    expect(workerOf(processName({ worker: one, index }))).toBe("own-2");
  expect(workerOf("log-exporter")).toBe("log-exporter");
});

test("replicas that run on after their worker was scaled down count", () => {
  const names = ["a-1", "a-3", "a-next", "a.preview", "a-1-9", "gateway", "b-1"];
  const all = withSurplus(
    [service("a", 1), service("a-1", 1), service("b", 2), service("gateway", 1)],
    names,
  );
  expect(all.map(({ replicas: count }) => count)).toEqual([3, 9, 2, 1]);
});
