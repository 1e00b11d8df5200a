import { expect, test } from "bun:test";
import { table } from "./table.ts";
import { distance, meant, refuseTypos, warnings } from "./unknown.ts";

const known = [...table.map(({ name }) => name as string), "TABLE_NAME"]; // the last as of a worker in compose.yaml

test.each([
  ["HTTPS_PROT", "HTTPS_PORT"],
  ["HTTP_PRT", "HTTP_PORT"],
  ["https_port", "HTTPS_PORT"],
  ["GATWAY_PASWORD", "GATEWAY_PASSWORD"],
  ["GATEWAY_PASWORD", "GATEWAY_PASSWORD"],
  ["SERVER_NAME", "SERVER_NAMES"],
  ["RUNTME", "RUNTIME"],
  ["RATELIMIT", "RATE_LIMIT"],
  ["TABLE_NAMES", "TABLE_NAME"],
])("%s is a typo of %s", (name, other) => expect(meant(name, known)).toBe(other));

const COMMON =
  "PATH HOME HTTP_PROXY HTTPS_PROXY NO_PROXY HTTP_HOST SMTP_PORT FTP_PORT REDIS_PORT NODE_ENV USER SSL_CERT_FILE";
test.each(COMMON.split(" "))("%s is another variable", (name) => expect(meant(name, known)).toBeUndefined());

test("no known name is taken for a typo of another", () => {
  for (const name of known) expect(meant(name, known)).toBeUndefined();
});

test("swapped, missing, added and other characters are one edit each", () => {
  for (const typo of ["ABDC", "ABC", "ABCDE", "ABXD"]) expect(distance(typo, "ABCD")).toBe(1);
  expect(distance("", "AB")).toBe(2);
});

test("the error names the variable, the known one and, for .env, the file", () => {
  expect(() => refuseTypos(["HTTPS_PROT"], [], known)).toThrow(
    ".env: unknown variable HTTPS_PROT; did you mean HTTPS_PORT?",
  );
  expect(() => refuseTypos([], ["HTTPS_PROT"], known)).toThrow(
    /^unknown variable HTTPS_PROT; did you mean HTTPS_PORT\?$/,
  );
});

test("of the environment only typos of settings are refused: other programs have variables there too", () => {
  refuseTypos([], ["TABLE_NAMES", "USER", "HTTP_PROXY", "HTTPS_PORT", "SSL_KEY_FILE"], known);
});

test("a variable of .env that nothing uses, and an empty one with a default, are named", () => {
  expect(warnings({ SMTP_PORT: "25", COMPOSE_FILE: "a.yaml", HTTPS_PORT: "8443" }, {}, known)).toEqual([
    ".env: nothing uses the variable SMTP_PORT",
  ]);
  const empty = ["GATEWAY_PASSWORD is empty: its default is used, admin"];
  expect(warnings({ GATEWAY_PASSWORD: "", RUNTIME: "" }, {}, known)).toEqual(empty);
  expect(warnings({}, { GATEWAY_PASSWORD: "" }, known)).toEqual(empty);
  expect(warnings({ GATEWAY_PASSWORD: "" }, { GATEWAY_PASSWORD: "another" }, known)).toEqual([]);
});
