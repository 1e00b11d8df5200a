import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, workers } from "../settings/project.ts";
import { type StackModel, withWorkers } from "./model.ts";

const stack = readFileSync(join(ROOT, "ops/swarm/stack.yaml"), "utf8");
const { services, "x-every-worker": everyWorker } = parse(stack, { merge: true, logLevel: "error" });

test("a worker gets start-first updates, DNS per replica, and twice the replicas", () => {
  const own = {
    image: "fortress/own:dev",
    environment: { PORT: "8080" },
    deploy: { replicas: 2, resources: { limits: {} } },
  };
  const model = {
    services: { own, gateway: { image: "g" } },
    "x-every-worker": everyWorker,
  } as unknown as StackModel;
  const { own: worker, gateway } = withWorkers(model, ["own", "another file's"]).services;
  expect(worker).toMatchObject({
    environment: { PORT: "8080", REPLICA: "{{.Node.Hostname}}.{{.Task.Slot}}" },
    deploy: {
      replicas: 4,
      resources: { limits: {} },
      endpoint_mode: "dnsrr",
      update_config: { order: "start-first", failure_action: "rollback" },
    },
  });
  expect(gateway).toEqual({ image: "g" });
});

test("the stack file names no worker", () => {
  for (const { name } of workers()) expect(services).not.toHaveProperty([name]);
});
