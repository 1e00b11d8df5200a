import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT, workers } from "../settings/project.ts";
import { type StackModel, withoutServices, withWorkers } from "./model.ts";

const stack = readFileSync(join(ROOT, "ops/swarm/stack.yaml"), "utf8");
const {
  services,
  "x-every-worker": everyWorker,
  "x-keeps-state": keepsState,
} = parse(stack, { merge: true, logLevel: "error" });
const extensions = { "x-every-worker": everyWorker, "x-keeps-state": keepsState };

test("a worker gets start-first updates, DNS per replica, and twice the replicas", () => {
  const own = {
    image: "fortress/own:dev",
    environment: { PORT: "8080" },
    deploy: { replicas: 2, resources: { limits: {} } },
  };
  const model = {
    services: { own, gateway: { image: "g" } },
    ...extensions,
  } as unknown as StackModel;
  const { own: worker, gateway } = withWorkers(model, [{ name: "own" }, { name: "another file's" }]).services;
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

test("a worker with data runs on the node with the state, with the replicas of compose.yaml", () => {
  const model = {
    services: { own: { image: "fortress/own:dev", deploy: { replicas: 2 } } },
    ...extensions,
  } as unknown as StackModel;
  const { own } = withWorkers(model, [{ name: "own", data: "own-data" }]).services;
  expect(own?.["deploy"]).toMatchObject({
    replicas: 2,
    placement: { constraints: ["node.labels.fortress.state == true"] },
    update_config: { order: "start-first" },
  });
  expect(own?.["deploy"]).not.toHaveProperty("placement.preferences");
});

test("a service that is left out takes the secrets that only it uses", () => {
  const secret = (...names: string[]) => ({
    image: "i",
    secrets: names.map((source) => ({ source, target: source })),
  });
  const secrets = { A: { file: "/a" }, B: { file: "/b" } };
  const model = { services: { one: secret("A"), two: secret("A", "B") }, secrets } as unknown as StackModel;
  const left = withoutServices(model, ["two"]);
  expect(Object.keys(left.services)).toEqual(["one"]);
  expect(left.secrets).toEqual({ A: { file: "/a" } });
});

test("the stack file names no worker", () => {
  for (const { name } of workers()) expect(services).not.toHaveProperty([name]);
});
