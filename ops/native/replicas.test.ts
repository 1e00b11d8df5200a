import { expect, test } from "bun:test";
import type { WorkerService } from "../settings/project.ts";
import { replicas, spareReplica } from "./replicas.ts";

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

test("every replica and every spare has its own port", () => {
  const services = [service("a", 19), service("b", 19)];
  const all = [...replicas(services), ...services.map((each) => spareReplica(each, services))];
  expect(new Set(all.map(({ port }) => port)).size).toBe(40);
});

test("more replicas than ports are refused with the worker's name", () => {
  expect(() => replicas([service("a", 20)])).toThrow("a: native mode runs at most 19 replicas");
});
