import { expect, test } from "bun:test";
import { type ComposeFile, readCompose } from "./compose-file.ts";
import { UserError } from "./fail.ts";
import { refuseForNative, workerFields } from "./worker-fields.ts";

const TOP = `
secrets: { API_KEY: { file: ./secrets/API_KEY }, FROM_ENV: { environment: X } }
volumes: { own-data: {} }
`;
const read = (service: string, other = ""): ComposeFile =>
  readCompose(`services:\n  own: ${service}\n  other: ${other || "{ image: x }"}\n${TOP}`, {}).compose;
const fieldsOf = (service: string) => {
  const compose = read(service);
  return workerFields(compose.services["own"] ?? {}, compose, "/project");
};

test("secrets, data volume and outbound network, networks as a map or a list", () => {
  for (const networks of ["{ workers: {}, outbound: {} }", "[workers, outbound]"])
    expect(
      fieldsOf(
        `{ environment: { A: 1, B: true }, secrets: [API_KEY], volumes: ["own-data:/data"], networks: ${networks} }`,
      ),
    ).toEqual({
      environment: { A: "1", B: "true" },
      secrets: [{ name: "API_KEY", file: "/project/secrets/API_KEY" }],
      data: "own-data",
      outbound: true,
    });
});

test("no such field", () => {
  const nothing = { environment: {}, secrets: [], outbound: false };
  expect(fieldsOf("{ image: x }")).toEqual(nothing);
  expect(fieldsOf("{ environment: , networks: , secrets: , volumes:  }")).toEqual(nothing);
});

test("an environment as a list", () => {
  expect(fieldsOf('{ environment: ["A=b=c", "B="] }').environment).toEqual({ A: "b=c", B: "" });
});

test("forms that only containers know are read without an error", () => {
  const long =
    "{ secrets: [{ source: API_KEY }, FROM_ENV], volumes: [{ source: a, target: /data }, ./x:/y] }";
  expect(fieldsOf(long)).toEqual({ environment: {}, secrets: [], outbound: false });
});

const container =
  'image: x, build: { context: . }, read_only: true, deploy: { replicas: 2 }, extra_hosts: ["a:host-gateway"]';
test("what native mode honours or does not need is accepted", () => {
  const compose = read(
    `{ ${container}, environment: { A: b }, secrets: [API_KEY], volumes: ["own-data:/data"], networks: [outbound] }`,
  );
  refuseForNative(["own"], compose);
});

const refused: [string, string, string][] = [
  ["another field", "{ env_file: .env }", "env_file: native mode cannot do this: remove it, or"],
  ["long secrets", "{ secrets: [{ source: API_KEY }] }", 'secrets: {"source":"API_KEY"} must be a name like'],
  ["a secret's name", "{ secrets: [api.key] }", 'secrets: "api.key" must be a name like API_KEY'],
  ["a secret that is not defined", "{ secrets: [NO_KEY] }", "secrets: NO_KEY must be defined at the end of"],
  ["a secret without a file", "{ secrets: [FROM_ENV] }", "secrets: FROM_ENV must be defined at the end of"],
  ["a mounted folder", '{ volumes: ["./x:/data"] }', "volumes: native mode has one named volume at /data"],
  ["another path", '{ volumes: ["own-data:/var"] }', "volumes: native mode has one named volume at /data"],
  ["two volumes", '{ volumes: ["own-data:/data", "b:/b"] }', "volumes: native mode has one named volume at"],
  ["a volume that is not defined", '{ volumes: ["no:/data"] }', "volumes: no must be defined at the end of"],
  ["a variable of the shell", "{ environment: { A: } }", "environment: A has no value"],
  ["the same in a list", "{ environment: [A] }", "environment: A has no value"],
];
for (const [name, service, message] of refused) {
  test(`native mode refuses ${name} with one line`, () => {
    const compose = read(service);
    expect(() => refuseForNative(["own"], compose)).toThrow(UserError);
    expect(() => refuseForNative(["own"], compose)).toThrow(`compose.yaml: own: ${message}`);
    refuseForNative(["other"], compose); // only workers
  });
}

test("native mode refuses a volume of two workers", () => {
  const compose = read('{ volumes: ["own-data:/data"] }', '{ volumes: ["own-data:/data"] }');
  expect(() => refuseForNative(["own", "other"], compose)).toThrow(
    "compose.yaml: other: volumes: own-data:/data belongs to own",
  );
});
