// gateway/routes/NAME.conf: directives of nginx in every location of a route that proxies.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gatewayVariables } from "../tests/lib/gateway-variables.ts";
import { writeMachineFiles } from "./machine.ts";
import { inTemplates, renderGatewayTree } from "./render.ts";

const folder = mkdtempSync(join(tmpdir(), "overrides-"));
const routes = join(folder, "own");
for (const part of ["own", "tmp", "auth", "www"]) mkdirSync(join(folder, part));
writeFileSync(
  join(routes, "own.yaml"),
  `worker: one
paths: { /own/*: {}, /own/open: { public: true, body: 1k } }
body: 2m
timeout: 5s
idempotent: true
cors: { origins: [https://app.example.org] }
users: { alice: 100r/s }`,
);
const pair = ["-keyout", join(folder, "nginx.key"), "-out", join(folder, "nginx.crt")];
const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", "/CN=localhost"];
Bun.spawnSync(["openssl", "req", "-x509", ...curve, "-days", "1", ...pair]);
afterAll(() => rmSync(folder, { recursive: true }));

/** What nginx says of the configuration with this NAME.conf; empty if it accepts it. */
function said(overrides?: string): string {
  rmSync(join(routes, "own.conf"), { force: true });
  if (overrides !== undefined) writeFileSync(join(routes, "own.conf"), overrides);
  const variables = { ...gatewayVariables(folder), HTTPS_LISTEN: `unix:${folder}/https.sock ssl` };
  renderGatewayTree(folder, {
    variables,
    upstreams: [{ worker: "one", servers: [{ address: "127.0.0.1:1" }] }],
    routes,
  });
  writeMachineFiles(folder, "1");
  const command = ["nginx", "-t", "-q", "-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
  const { stderr, exitCode } = Bun.spawnSync(command, { env });
  return exitCode === 0 ? "" : inTemplates(stderr.toString(), folder);
}

/** The directives of a rendered file that begin with one of these words, but the target. */
function directives(file: string): string[] {
  const lines = readFileSync(join(folder, file), "utf8").split("\n");
  const own = lines.map((line) => line.replace(/ #.*/, "").trim());
  return own.filter((line) => /^(proxy|client)_/.test(line) && !line.startsWith("proxy_pass "));
}

test("without the file nothing is included", () => {
  expect(said()).toBe("");
  expect(readFileSync(join(folder, "workers/own.conf"), "utf8")).not.toContain("overrides/");
});

describe("a directive in it replaces the platform's", () => {
  said();
  const ours = ["workers/own.conf", "snippets/proxy.conf", "snippets/proxy-defaults.conf"].flatMap(
    directives,
  );
  test("of all that are set", () => expect(new Set(ours).size).toBeGreaterThan(35));
  test.each([...new Set(ours)])("%s", (line) => expect(said(line)).toBe(""));

  test("in every location that proxies, and not beside it", () => {
    said("proxy_read_timeout 9s; # of nginx\nclient_max_body_size 3m;");
    const text = readFileSync(join(folder, "workers/own.conf"), "utf8");
    const proxying = text.split("\nlocation ").filter((location) => location.includes("proxy_pass"));
    expect(proxying).toHaveLength(4); // /own/* after authentication, /own/open, and their second attempts
    for (const location of proxying) expect(location.trimEnd()).toEndWith("include overrides/own.conf;\n}");
    expect(text).not.toContain("proxy_read_timeout");
    expect(text).toContain("proxy_send_timeout");
  });
});

test.each([
  ["a comment", "# keep;  proxy_read_timeout: see the notes\nproxy_buffering off;"],
  ["a comment after a directive", "proxy_buffering off; # was: {proxy_read_timeout 9s;}"],
  ["a string", `proxy_set_header X-Note "a \\" b; proxy_read_timeout";`],
  ["a string in single quotes", "proxy_set_header X-Note 'a\" b; proxy_read_timeout c';"],
  ["a second line", "proxy_set_header X-Note\n  proxy_read_timeout;"],
])("%s removes no directive of the platform", (_what, text) => {
  expect(said(text)).toBe("");
  expect(readFileSync(join(folder, "workers/own.conf"), "utf8")).toContain("proxy_read_timeout          5s;");
});

test("a quote and a number sign within a word begin no string and no comment", () => {
  expect(said(`proxy_set_header X-Note it's#1;\nproxy_read_timeout 9s; proxy_set_header X-More it's;`)).toBe(
    "",
  );
});

test("it gets the settings, but no secret", () => {
  expect(said("proxy_set_header X-Names '${SERVER_NAMES}';")).toBe("");
  expect(() => said('proxy_set_header Authorization "Basic ${GATEWAY_PASSWORD}";')).toThrow(
    "gateway/routes/own.conf: GATEWAY_PASSWORD is a secret; the gateway's configuration may not have it",
  );
});

test("an error in it is said with its name and line", () => {
  expect(said("proxy_buffering off;\nproxy_bufers 8 8k;")).toBe(
    'unknown directive "proxy_bufers" in gateway/routes/own.conf:2',
  );
  expect(() => said("proxy_bind ${NOPE};")).toThrow("gateway/routes/own.conf needs the variable NOPE");
});
