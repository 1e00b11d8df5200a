import { expect, test } from "bun:test";
import { addService, removeDefinitions, removeService } from "./compose-edit.ts";

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

const second = "  second:\n    <<: *worker\n    image: second:1\n";

test("a new service is added after the last worker; every other byte stays", () => {
  const added = addService(text, "second", second, "first");
  expect(added).toBe(text.replace("# three\n", `# three\n\n${second}`));
  expect(removeService(added, "second")).toBe(text);
});

test("removing an unknown service is an error with its name", () => {
  expect(() => removeService(text, "third")).toThrow("compose.yaml has no service third");
});

test("the first worker is added before all services, and its removal restores the file", () => {
  const none = text.replace(/ {2}first:[\s\S]*?three\n\n/, "");
  const added = addService(none, "second", second);
  expect(added).toBe(none.replace("services:\n", `services:\n${second}\n`));
  expect(removeService(added, "second")).toBe(none);
  expect(removeService(text, "first")).toBe(none);
});

const dependent = (dependsOn: string) => `${text}    depends_on:${dependsOn}`;
const STYLES: [name: string, one: string, two: string][] = [
  [
    "a map",
    "\n      checker: { condition: service_healthy } # it asks\n      first: { condition: service_healthy } # them\n    ports: []\n",
    "\n      checker: { condition: service_healthy } # it asks\n      first: { condition: service_healthy } # them\n      second: { condition: service_healthy }\n    ports: []\n",
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
  test(`depends_on of another service loses the service: ${style}`, () => {
    const added = `${addService(text, "second", second, "first")}    depends_on:${two}`;
    expect(removeService(added, "second")).toBe(dependent(one));
    expect(removeService(removeService(added, "first"), "second")).not.toMatch(/first:|second/);
  });
}

test("an empty depends_on is removed", () => {
  for (const list of [" [first]\n", "\n      - first\n", "\n      first: { condition: service_healthy }\n"])
    expect(removeService(`${dependent(list)}    ports: []\n`, "first")).toEndWith(
      "    image: nginx\n    ports: []\n",
    );
});

test("definitions are added once to their section and removed with their comment", () => {
  const defined = `${text}\nsecrets:\n  one: { file: ./one }\n`;
  const key = { section: "secrets", name: "KEY", value: "{ file: ./key }" } as const;
  const data = { section: "volumes", name: "second-data", value: "{}" } as const;
  const added = addService(defined, "second", second, "first", [key, key, data]);
  expect(added).toEndWith("  one: { file: ./one }\n  KEY: { file: ./key }\n\nvolumes:\n  second-data: {}\n");
  expect(removeDefinitions(removeService(added, "second"), [key, data])).toBe(defined);
});

test("a file with a YAML error is refused", () => {
  expect(() => addService(`${text}  odd: 'no end\n`, "second", second)).toThrow(
    "compose.yaml cannot be changed: ",
  );
});

test("a service that another one merges is not removed", () => {
  const merged = text
    .replace("  first: #", "  first: &first #")
    .replace("    image: nginx", "    <<: *first\n    image: nginx");
  expect(() => removeService(merged, "first")).toThrow("compose.yaml cannot be changed: ");
});

test("a change of any other service is refused", () => {
  const shadowed = text
    .replace("  first: #", "  worker: &worker\n    image: other\n\n  first: #")
    .replace("image: first:1\n", "image: first:1\n    labels: *worker\n");
  expect(() => removeService(shadowed, "worker")).toThrow(
    "it would change more than worker; edit it by hand",
  );
  const inherited = dependent("")
    .replace("always", "always\n  depends_on: [first]")
    .replace("nginx\n", "nginx\n    <<: *worker\n");
  expect(() => removeService(inherited.replace(/ *depends_on:$/, ""), "first")).toThrow("more than first");
});

test("a service is not added where the anchor it uses is missing", () => {
  expect(() => addService(text.replaceAll("worker", "base"), "second", second, "first")).toThrow(
    "cannot be changed",
  );
});

test("the comment directly above a service is removed with it; other comments stay", () => {
  const noted = text
    .replace("services:\n", "services:\n  # about all\n\n  # about first,\n  # two lines\n")
    .replace("\n\n  # above", "\n  # above");
  const left = removeService(noted, "first");
  expect(left).toContain("services:\n  # about all\n");
  expect(left).toContain("  # above the gateway\n  gateway:");
  expect(left).not.toMatch(/about first|two lines/);
});
