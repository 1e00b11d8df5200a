import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRoutes } from "./routes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "routes-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(yaml: string, name = "count", template = "limit_req zone=count_per_client;") {
  writeFileSync(join(folder, `${name}.yaml`), yaml);
  writeFileSync(join(folder, `${name}.conf.template`), template);
  return readRoutes(["one", "two"], folder);
}

test("a route has a default worker, and others by header value", () => {
  expect(
    read("worker: one\nrate: 5r/s\nheader: X-Group\nvalues: { beta: two, 2: two, 1.10: two }\n"),
  ).toEqual([
    {
      name: "count",
      worker: "one",
      rate: "5r/s",
      header: "X-Group",
      values: { beta: "two", 2: "two", "1.10": "two" }, // text, not a number
    },
  ]);
});

test("a rate that the template does not use is refused", () => {
  expect(() => read("worker: one\nrate: 5r/s", "count", "limit_req zone=per_client;")).toThrow(
    'count.yaml: rate has no effect without "limit_req zone=count_per_client" in the template',
  );
});

test("a missing folder has no routes", () => {
  expect(readRoutes([], join(folder, "none"))).toEqual([]);
});

const WRONG: [yaml: string, said: string][] = [
  ["worker: three", 'there is no worker "three"; compose.yaml has one, two'],
  ["rate: 5r/s", "there is no worker named; compose.yaml has one, two"],
  ["one", "write worker: NAME"],
  ["worker: [", "Flow sequence"],
  ["worker: one\nrates: 5r/s", "unknown key rates; known are worker, header, values, rate"],
  ["worker: one\nrate: 5", "rate must be such as 5r/s or 300r/m"],
  ["worker: one\nrate: 5r/s; return 200", "rate must be such as 5r/s or 300r/m"],
  ["worker: one\nheader: X-Group", "header and values belong together"],
  ["worker: one\nheader: X-Group\nvalues: {}", "values is empty"],
  ["worker: one\nvalues: { a: two }", "header must be a name such as X-Experiment-Group, not undefined"],
  ['worker: one\nheader: "X Group"\nvalues: { a: two }', "header must be a name"],
  ["worker: one\nheader: X-Group\nvalues: { a: three }", 'there is no worker "three"'],
  ["worker: one\nheader: X-Group\nvalues: { 'a\"; }': two }", "a value of X-Group is 1 to 64 letters"],
  ["worker: one\nheader: X-Group\nvalues: { $host: two }", "a value of X-Group is 1 to 64 letters"],
];
test.each(WRONG)("%j is refused with the file and the reason", (yaml, said) => {
  expect(() => read(yaml)).toThrow("gateway/routes/count.yaml: ");
  expect(() => read(yaml)).toThrow(said);
});

test.each(["docs", "openapi", "metrics"])("a route cannot take the gateway's own path /%s", (name) => {
  expect(() => read("worker: one", name)).toThrow(`/${name} is a path of the gateway itself`);
});

test("an invalid name is refused", () => {
  expect(() => read("worker: one", "a_b")).toThrow(
    'a_b.yaml: the name must be lower-case words joined by "-"',
  );
});

test("a file of another name, and a template without its .yaml, are refused", () => {
  read("worker: one");
  writeFileSync(join(folder, "count.yml"), "worker: two");
  expect(() => readRoutes(["one"], folder)).toThrow("gateway/routes/count.yml: a route has two files");
  rmSync(join(folder, "count.yml"));
  rmSync(join(folder, "count.yaml"));
  expect(() => readRoutes(["one"], folder)).toThrow("count.conf.template has no count.yaml beside it");
});
