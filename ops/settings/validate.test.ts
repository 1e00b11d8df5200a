import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { fill } from "../../gateway/render.ts";
import { UserError } from "./fail.ts";
import { ROOT, settings } from "./project.ts";
import { table } from "./table.ts";
import { validateSettings } from "./validate.ts";

const loopback = { BIND_ADDRESS: "127.0.0.1" };

for (const value of ["True", "yes", "1", ""]) {
  test(`STACK_ENCRYPTED=${value} is refused, so that a typo never disables encryption`, () => {
    expect(() => validateSettings({ ...loopback, STACK_ENCRYPTED: value })).toThrow(
      new UserError("STACK_ENCRYPTED must be true or false"),
    );
  });
}
for (const value of ["true", "false"]) {
  test(`STACK_ENCRYPTED=${value} is accepted`, () =>
    validateSettings({ ...loopback, STACK_ENCRYPTED: value }));
}

const refused: [string, string, string][] = [
  ...["443 ", "0x1bb", "4e2", "0443", "65536", ""].map((port): [string, string, string] => [
    "HTTPS_PORT",
    port,
    "must be a port from 1 to 65535",
  ]),
  ...["a..b", "*", "a.*", " ", "a\tb", "[::1]"].map((names): [string, string, string] => [
    "SERVER_NAMES",
    names,
    "",
  ]),
  ...[
    "http://%zz",
    "http://h/%2",
    "http://h:port/",
    "http://[::1",
    "http:///a",
    "http://a{b}/",
    "http://%41/",
    "http://{a}@b/",
  ].map((url): [string, string, string] => [
    "ALERT_WEBHOOK_URL",
    url,
    "must be an http:// or https:// URL, or empty",
  ]),
  ["GATEWAY_PASSWORD", "x".repeat(73), "may have at most 72 bytes"],
  ["GATEWAY_PASSWORD", " x", "must not begin or end with a space"],
  ["GATEWAY_PASSWORD", "a\u0007b", "holds a character that is not printable"],
  ["GATEWAY_PASSWORD", "a%(admin_user)s", "must not hold %(...)s"],
];
for (const [name, value, message] of refused) {
  test(`${name}=${JSON.stringify(value).slice(0, 20)} is refused`, () => {
    expect(() => validateSettings({ ...loopback, [name]: value })).toThrow(`${name} ${message}`);
  });
}

function accepted(name: string, value: string): boolean {
  try {
    validateSettings({ ...settings, ...loopback, [name]: value });
    return true;
  } catch {
    return false;
  }
}
for (const url of [
  "",
  "http://hooks.example.org:8080/a%20b?c=d#e",
  "https://us%65r:word@[::1]/",
  "http://h?q",
]) {
  test(`ALERT_WEBHOOK_URL=${url} is accepted`, () => expect(accepted("ALERT_WEBHOOK_URL", url)).toBeTrue());
}

const noise = fc.string({ unit: fc.constantFrom(..."$;{}\"'\\ \t\n#:&*é"), minLength: 1, maxLength: 2 });
const free = ["GATEWAY_PASSWORD", "ALERT_WEBHOOK_URL"];
const names = table.map(({ name }) => name).filter((name) => !free.includes(name));

test("no other setting accepts special characters of nginx, YAML or a shell", () => {
  fc.assert(
    fc.property(fc.constantFrom(...names), noise, fc.double({ min: 0, max: 1 }), (name, extra, where) => {
      const value = settings[name] || "x";
      const at = Math.round((where || 0) * value.length);
      const changed = value.slice(0, at) + extra + value.slice(at);
      if (accepted(name, changed)) expect(changed).not.toMatch(/[$;{}"'\\\t\n]/);
    }),
    { numRuns: 2000 },
  );
}, 60_000);

test("an accepted webhook URL is unchanged in Alertmanager's configuration", () => {
  const template = readFileSync(join(ROOT, "monitoring/alertmanager/alertmanager.yml.template"), "utf8");
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), noise, (url, extra) => {
      const changed = `${url}${extra}`;
      if (!accepted("ALERT_WEBHOOK_URL", changed)) return;
      const variables = { ALERT_RECEIVER: "webhook", ALERT_WEBHOOK_URL: changed };
      const { receivers } = parse(fill(template, variables));
      expect(receivers[1].webhook_configs[0].url).toBe(changed);
    }),
    { numRuns: 60 },
  );
}, 60_000);
