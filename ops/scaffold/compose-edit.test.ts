import { expect, test } from "bun:test";
import { parse } from "yaml";
import { gatewaySettings, workers } from "../settings/project.ts";
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
  const list = "x-gateway-settings:\n  WORKER_NAMES: first second # in this order\n";
  const more = editWorkerNames(list, (names) => [...names, "third"]);
  expect(more).toBe(list.replace("second", "second third"));
  expect(editWorkerNames(more, (names) => names.filter((name) => name !== "third"))).toBe(list);
});

test("/docs offers every worker of compose.yaml", () => {
  expect(gatewaySettings["WORKER_NAMES"]?.split(" ").sort()).toEqual(
    workers()
      .map(({ name }) => name)
      .sort(),
  );
});

const dependent = (dependsOn: string) => `${text}    depends_on:${dependsOn}`;
const STYLES: [name: string, one: string, two: string][] = [
  [
    "a map",
    "\n      checker: { condition: service_healthy } # it asks\n      first: { condition: service_healthy } # them\n    ports: []\n",
    "\n      checker: { condition: service_healthy } # it asks\n      first: { condition: service_healthy } # them\n      second: { condition: service_healthy } # them\n    ports: []\n",
  ],
  [
    "a map of maps",
    "\n      first:\n        condition: service_healthy\n\n# the end\n",
    "\n      first:\n        condition: service_healthy\n      second:\n        condition: service_healthy\n\n# the end\n",
  ],
  ["a list", "\n      - first\n      - checker\n", "\n      - first\n      - second\n      - checker\n"],
  ["a list in brackets", " [first, checker] # two\n", " [first, second, checker] # two\n"],
  [
    "a map in braces",
    " { checker: { condition: service_healthy }, first: { condition: service_healthy } }\n",
    " { checker: { condition: service_healthy }, first: { condition: service_healthy }, second: { condition: service_healthy } }\n",
  ],
];
for (const [style, one, two] of STYLES) {
  test(`who depends on the model depends on the new service, and no longer when it is gone: ${style}`, () => {
    const added = addService(dependent(one), "second", "first", "first", 2);
    expect(added).toEndWith(`depends_on:${two}`);
    expect(removeService(added, "second")).toBe(dependent(one));
    expect(removeService(removeService(added, "first"), "second")).not.toMatch(/first:|second/);
  });
}

test("a depends_on of which nothing is left goes with its last entry", () => {
  for (const list of [" [first]\n", "\n      - first\n", "\n      first: { condition: service_healthy }\n"])
    expect(removeService(`${dependent(list)}    ports: []\n`, "first")).toEndWith(
      "    image: nginx\n    ports: []\n",
    );
});

const after = "\n  HTTP_LISTEN: x\n";
for (const names of [
  ">-\n    first\n    second",
  "|\n    first second\n",
  '"first second"',
  "first\n    second",
]) {
  test(`the list of names may be written in any way: ${JSON.stringify(names)}`, () => {
    const list = `x-gateway-settings:\n  WORKER_NAMES: ${names}${after}`;
    const { "x-gateway-settings": settings } = parse(editWorkerNames(list, (old) => [...old, "third"]));
    expect(settings).toEqual({ WORKER_NAMES: "first second third", HTTP_LISTEN: "x" });
  });
}

test("the list of no names is a text, to which a name can be added", () => {
  const list = "x-gateway-settings:\n  WORKER_NAMES: first\n";
  const none = editWorkerNames(list, () => []);
  expect(parse(none)).toEqual({ "x-gateway-settings": { WORKER_NAMES: "" } });
  expect(editWorkerNames(none, (names) => [...names, "first"])).toBe(list);
});

test("nothing that is no longer valid YAML is given back", () => {
  const odd = "x-gateway-settings:\n  WORKER_NAMES: first\n  odd: 'no end\n";
  expect(() => editWorkerNames(odd, (names) => names)).toThrow("compose.yaml cannot be changed: ");
});
