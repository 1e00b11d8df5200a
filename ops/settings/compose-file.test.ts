import { expect, test } from "bun:test";
import { readCompose } from "./compose-file.ts";
import { UserError } from "./fail.ts";

const text = `services:
  search:
    image: x:\${VERSION:-dev}
    environment: { A: "\${SECRET}" }
`;

for (const value of ["@Strong-Pass-9x", "*a", "%b", "&c", "d: e", "#f", "- g", "{h", "'i", "true", "1"]) {
  test(`the value ${value} is read unchanged`, () => {
    const { compose, settings } = readCompose(text, { SECRET: value });
    expect(compose.services["search"]?.environment).toEqual({ A: value });
    expect(settings).toEqual({ VERSION: "dev", SECRET: value });
  });
}

test("a default that differs from the table's is refused, even an empty one", () => {
  for (const standard of ["stable", ""]) {
    expect(() => readCompose(text, {}, { VERSION: standard })).toThrow(
      new UserError(
        `compose.yaml:3: VERSION has two defaults: "${standard}" (ops/settings/table.ts) and "dev"`,
      ),
    );
  }
});

const wrong: [string, string, string][] = [
  ["not YAML", "services:\n  a: b: c\n", "compose.yaml:2: Nested mappings"],
  ["an alias without its anchor", "services: { a: *b }\n", "compose.yaml: Unresolved alias"],
  ["no services", "name: x\n", "compose.yaml: no services"],
  ["nothing", "", "compose.yaml: no services"],
  ["an empty service", "services:\n  a:\n", "compose.yaml: the service a is empty"],
  ["a bad reference", "services:\n  a:\n    image: ${A\n", "compose.yaml:3: invalid variable reference"],
  ["a missing variable", "services:\n  a:\n    image: ${A:?set A}\n", "compose.yaml:3: A is required: set A"],
  [
    "two defaults",
    'services:\n  a: { b: "${A:-1}",\n    c: "${A:-2}" }\n',
    "compose.yaml:3: A has two defaults",
  ],
  [
    "replicas by name",
    "services:\n  a: { deploy: { replicas: two } }\n",
    "compose.yaml: deploy.replicas of a",
  ],
];
for (const [name, file, message] of wrong) {
  test(`${name}: one error line with the position`, () => {
    try {
      readCompose(file, {});
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toStartWith(message);
      expect((error as Error).message).not.toContain("\n");
      return;
    }
    throw new Error("accepted");
  });
}
