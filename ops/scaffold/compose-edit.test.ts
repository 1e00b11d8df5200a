import { expect, test } from "bun:test";
import { compose, strings, workers } from "../lib/compose.ts";
import { addService, editWorkerNames, removeService } from "./compose-edit.ts";

const text = `# the head stays
x-worker: &worker
  restart: always

services:
  first: # a remark
    <<: *worker
    image: first:1
    deploy: { replicas: 3 } # three

  # above the gateway
  gateway:
    image: nginx
`;

test("a new service is a copy after the last worker, and everything else stays byte for byte", () => {
  const added = addService(text, "second", "first", "first", 2);
  expect(added).toBe(
    text.replace(
      "# three\n",
      "# three\n\n  second: # a remark\n    <<: *worker\n    image: second:1\n    deploy: { replicas: 2 } # three\n",
    ),
  );
  expect(removeService(added, "second")).toBe(text);
});

test("an unknown service is refused by name", () => {
  expect(() => removeService(text, "third")).toThrow("compose.yaml has no service third");
});

test("a name joins the workers that /docs offers, and leaves them, with every other byte as it was", () => {
  const list = "x-gateway-environment: &gateway\n  WORKER_NAMES: first second # in this order\n";
  const more = editWorkerNames(list, (names) => [...names, "third"]);
  expect(more).toBe(list.replace("second", "second third"));
  expect(editWorkerNames(more, (names) => names.filter((name) => name !== "third"))).toBe(list);
});

test("/docs offers every worker of compose.yaml", () => {
  const { WORKER_NAMES } = strings(compose.services["gateway"]?.environment);
  expect(WORKER_NAMES?.split(" ").sort()).toEqual(
    workers()
      .map(({ name }) => name)
      .sort(),
  );
});
