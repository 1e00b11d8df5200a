import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workers } from "../ops/settings/project.ts";
import { readRoutes } from "./routes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "routes-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const PATHS = "paths: { /count: {} }";
function read(yaml: string, name = "count", known = ["one", "two"]) {
  writeFileSync(join(folder, `${name}.yaml`), yaml);
  return readRoutes(known, folder);
}
function only(yaml: string) {
  const [route] = read(yaml);
  return route!;
}
const ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const KB = 1024;

test("a route has a default worker, others by header value, and paths with their defaults", () => {
  expect(
    only(`worker: one
header: X-Group
values: { beta: two, 2: two, 1.10: two }
paths: { /count: {}, /all/*: {} }`),
  ).toEqual({
    name: "count",
    worker: "one",
    header: "X-Group",
    values: { beta: "two", 2: "two", "1.10": "two" }, // text, not a number
    paths: [
      {
        path: "/count",
        prefix: false,
        public: false,
        methods: ["POST"],
        body: 64 * KB,
        idempotent: false,
      },
      { path: "/all", prefix: true, public: false, methods: ANY, body: 64 * KB, idempotent: false },
    ],
    rateBy: "address",
    users: {},
  });
});

test("every key", () => {
  expect(
    only(`worker: one
paths: { /count: }
methods: [GET, OPTIONS]
rate: 5r/s
rate_by: user
users: { alice: 100r/s }
burst: 7
body: 8m
timeout: 1500ms
idempotent: true
cors: { origins: [https://app.example.org, "http://localhost:3000"], headers: [X-Custom], expose: [X-Total], credentials: true }
objective: { latency: 250ms, errors: page }`),
  ).toMatchObject({
    paths: [
      {
        methods: ["GET", "HEAD", "OPTIONS"],
        burst: 7,
        body: 8 * KB * KB,
        timeout: 1500,
        idempotent: true,
      },
    ],
    rate: "5r/s",
    rateBy: "user",
    users: { alice: "100r/s" },
    cors: {
      origins: ["https://app.example.org", "http://localhost:3000"],
      headers: ["X-Custom"],
      expose: ["X-Total"],
      credentials: true,
    },
    objective: { latency: 250, errors: "page" },
  });
});

test("a path takes the rules of the nearest /x/* above it, but is public only by its own", () => {
  const { paths } = only(`worker: one
burst: 1
paths:
  /x/*: { public: true, burst: 2 }
  /x/y/*: { burst: 3 }
  /x/y/z: { methods: [PUT] }
  /xy: {}`);
  expect(
    paths.map(({ path, burst, body, public: open, methods }) => [path, burst, body / KB, open, methods]),
  ).toEqual([
    ["/x", 2, 64, true, ANY],
    ["/x/y", 3, 64, false, ANY],
    ["/x/y/z", 3, 64, false, ["PUT"]],
    ["/xy", 1, 64, false, ["POST"]],
  ]);
});

test("a public path does not take a large body from above", () => {
  const { paths } = only("worker: one\nbody: 1m\npaths: { /x/*: {}, /x/y: { public: true }, /x/z: {} }");
  expect(paths.map(({ body }) => body / KB)).toEqual([1024, 64, 1024]);
  expect(only("worker: one\nbody: 1k\npaths: { /x: { public: true } }").paths[0]?.body).toBe(KB);
});

test.each([
  "https://app.example.org",
  "http://localhost:65535",
  "http://a--b.example.org:443",
  "https://127.0.0.1:8443",
  "http://[::1]:3000",
])("the origin %s", (origin) => {
  expect(only(with_(`cors: { origins: ["${origin}"] }`)).cors?.origins).toEqual([origin]);
});

test("a missing folder has no routes", () => {
  expect(readRoutes([], join(folder, "none"))).toEqual([]);
});

const with_ = (line: string) => `worker: one\n${PATHS}\n${line}`;
const at = (rules: string) => `worker: one\npaths: { /count: { ${rules} } }`;
const path = (text: string) => `worker: one\npaths: { "${text}": {} }`;
const WRONG: [yaml: string, said: string][] = [
  [`worker: three\n${PATHS}`, 'there is no worker "three"; compose.yaml has one, two'],
  [`rate: 5r/s\n${PATHS}`, "there is no worker named; compose.yaml has one, two"],
  ["one", "write worker: NAME and paths: { /NAME/*: {} }"],
  ["worker: [", "Flow sequence"],
  ["worker: one", "paths is missing; write paths: { /NAME/*: {} }"],
  ["worker: one\npaths: {}", "paths is empty; write paths: { /NAME/*: {} }"],
  ["worker: one\npaths: [/a]", "paths must be keys with values"],
  [with_("rates: 5r/s"), "unknown key rates; did you mean rate? known are worker, header, values, paths,"],
  [with_("time_out: 5s"), "unknown key time_out; did you mean timeout? known are"],
  [with_("whatsoever: 1"), "unknown key whatsoever; known are"],
  [at("publik: true"), "/count: unknown key publik; did you mean public? known are public, methods, body,"],
  [at("rate: 5r/s"), "/count: unknown key rate; known are public, methods, body, timeout, burst, idempotent"],
  [at("public: yes"), '/count: public must be true or false, not "yes"'],
  [with_("rate: 5"), 'rate must be a rate such as 5r/s or 300r/m, not "5"'],
  [with_("rate: 5r/s; return 200"), "rate must be a rate such as 5r/s"],
  [with_("rate: [5r/s]"), "rate must be a rate such as 5r/s"],
  [with_("rate_by: name"), 'rate_by must be address or user, not "name"'],
  [with_("users: { a b: 5r/s }"), "users must be a user: 1 to 64 of"],
  [with_("users: { alice: 5 }"), "users must be a rate such as 5r/s"],
  [with_("users: [alice]"), "users must be keys with values"],
  [with_("methods: POST"), "methods must be a list such as [A, B]"],
  [
    with_("methods: [post]"),
    'methods must be GET or HEAD or POST or PUT or PATCH or DELETE or OPTIONS, not "post"',
  ],
  [with_("methods: []"), "methods must be a list"],
  [with_("burst: 0"), "burst must be a whole number from 1"],
  [with_("body: 9m"), 'body must be a size such as 64k or 1m, at most 8m, not "9m"'],
  [with_("body: 64"), "body must be a size"],
  [with_("timeout: 10"), 'timeout must be a time such as 500ms, 10s or 2m, not "10"'],
  [with_("idempotent: maybe"), "idempotent must be true or false"],
  [with_("header: X-Group"), "header and values belong together"],
  [with_("header: X-Group\nvalues: {}"), "values is empty"],
  [with_("values: { a: two }"), "header must be a name such as X-Experiment-Group, not undefined"],
  [with_('header: "X Group"\nvalues: { a: two }'), "header must be a name"],
  [with_("header: X-Version\nvalues: { a: two }"), "X-Version selects a version"],
  [with_("header: x-shadow\nvalues: { a: two }"), "x-shadow belongs to shadows"],
  [with_("header: X-Group\nvalues: { a: three }"), 'there is no worker "three"'],
  [with_("header: X-Group\nvalues: { 'a\"; }': two }"), "a value of X-Group is 1 to 64 letters"],
  [with_("header: X-Group\nvalues: { $host: two }"), "a value of X-Group is 1 to 64 letters"],
  [with_("cors: {}"), "cors: write origins: [https://app.example.org]"],
  [with_("cors: { origin: [https://a.org] }"), "cors: unknown key origin; did you mean origins?"],
  [
    with_("cors: { origins: [https://a.org/] }"),
    "cors: origins must be an origin such as https://app.example.org",
  ],
  [with_("cors: { origins: ['https://*.a.org'] }"), "cors: origins must be an origin"],
  [with_("cors: { origins: [HTTPS://A.org] }"), "cors: origins must be an origin"],
  ...[
    "https://a.org:65536",
    "https://a.org:443",
    "http://a.org:80",
    "https://-a.org",
    "https://a.org-",
    "https://a-:8443",
    "https://[::01]",
    "https://127.1",
  ].map((origin): [string, string] => [
    with_(`cors: { origins: ["${origin}"] }`),
    `cors: origins must be an origin such as https://app.example.org, without the default port, or "*", not "${origin}"`,
  ]),
  [with_("cors: { origins: [https://a.org], expose: ['X A'] }"), "cors: expose must be a header name"],
  [at("public: true, body: 65k"), "/count: body must be at most 64k with public: true"],
  [with_("cors: { origins: ['null'] }"), "cors: origins must be an origin"],
  [with_("cors: { origins: ['*'], credentials: true }"), "origins must be exact with credentials: true"],
  [with_("cors: { origins: ['*', https://a.org] }"), "origins must be exact with"],
  [with_("cors: { origins: [https://a.org], headers: ['X A'] }"), "cors: headers must be a header name"],
  [with_("objective: { latency: fast }"), "objective: latency must be a time"],
  [with_("objective: { errors: mail }"), "objective: errors must be page or ignore"],
  [path("count"), "paths must be such as /invoices, or /invoices/* for everything below it"],
  [path("/"), "paths must be such as"],
  [path("/*"), "paths must be such as"],
  [path("/a/"), "paths must be such as"],
  [path("/a/*/b"), "paths must be such as"],
  [path("/a*"), "paths must be such as"],
  [path("/a/../b"), "paths must be such as"],
  [path("/_a"), "paths must be such as"],
  [path("/a b"), "paths must be such as"],
  [path("/a%20b"), "paths must be such as"],
  [path("/a;b"), "paths must be such as"],
  [path(`/${"a".repeat(100)}`), "paths must be such as"],
  [path("/docs"), "/docs is a path of the gateway itself"],
  [path("/openapi/*"), "/openapi is a path of the gateway itself"],
  [path("/parts/x"), "/parts/x is a path of the gateway itself"],
];
test.each(WRONG)("%j is refused with the file, the key and what is allowed", (yaml, said) => {
  expect(() => read(yaml)).toThrow("gateway/routes/count.yaml: ");
  expect(() => read(yaml)).toThrow(said);
  expect(() => read(yaml)).not.toThrow("\n");
});

test("an invalid name is refused", () => {
  expect(() => read(`worker: one\n${PATHS}`, "a_b")).toThrow(
    'a_b.yaml: the name must be lower-case words joined by "-"',
  );
});

test("a file of another name, and a NAME.conf without its NAME.yaml, are refused", () => {
  read(`worker: one\n${PATHS}`);
  writeFileSync(join(folder, "count.conf.template"), "");
  expect(() => readRoutes(["one"], folder)).toThrow(
    "gateway/routes/count.conf.template: a route has NAME.yaml and, for directives of nginx, NAME.conf",
  );
  rmSync(join(folder, "count.conf.template"));
  writeFileSync(join(folder, "other.conf"), "");
  expect(() => readRoutes(["one"], folder)).toThrow("other.conf has no other.yaml beside it");
});

describe("two routes", () => {
  const both = (one: string, two: string) => {
    read(`worker: one\npaths: { ${one}: {} }`, "a");
    return read(`worker: one\npaths: { ${two}: {} }`, "b");
  };
  test.each([
    ["/x", "/x", "/x"],
    ["/x/*", "/x/*", "/x/*"],
    ["/x/*", "/x", "/x"],
    ["/x", "/x/*", "/x"],
  ])("%s and %s claim the same path", (one, two, claim) => {
    expect(() => both(one, two)).toThrow(`gateway/routes/b.yaml: ${claim} is a path of a.yaml already`);
  });
  test("a path below another route's /x/*", () => expect(both("/x/*", "/x/y/*")).toHaveLength(2));
});

test("a timeout that a stopping worker cannot finish is refused", () => {
  const [{ name } = { name: "" }] = workers();
  const slow = (timeout: string) => read(`worker: ${name}\n${PATHS}\ntimeout: ${timeout}`, "count", [name]);
  expect(slow("10s")).toHaveLength(1); // DRAIN_TIMEOUT_MS in compose.yaml
  expect(() => slow("11s")).toThrow(
    `count.yaml: timeout is longer than ${name} may take to stop; set DRAIN_TIMEOUT_MS: "11000" in its environment and stop_grace_period: 21s in compose.yaml`,
  );
});
