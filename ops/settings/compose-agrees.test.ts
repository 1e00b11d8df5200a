// This project and Docker Compose read the same from .env and compose.yaml, tested with random files. Compose needs no
// engine for that. One file holds many values, because each call is a process.
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { envValue } from "../../tests/lib/project-copy.ts";
import { readCompose } from "./compose-file.ts";
import { parseEnvFile } from "./env-file.ts";
import { interpolate } from "./interpolate.ts";
import { ROOT } from "./project.ts";
import { resolveSettings, USER_NAME } from "./table.ts";
import { validateSettings } from "./validate.ts";

const PLUGIN = join(ROOT, ".tools/engine/root/usr/libexec/docker/cli-plugins/docker-compose"); // tests/engine/fetch.sh
const COMMAND = [["docker", "compose"], [PLUGIN]].find(
  ([program = "", ...rest]) =>
    (Bun.which(program) || existsSync(program)) && Bun.spawnSync([program, ...rest, "version"]).success,
);
const folder = mkdtempSync(join(tmpdir(), "compose-agrees-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Service {
  environment?: Record<string, unknown>;
  image?: string;
}
type Services = Record<string, Service>;

/** `docker compose config` of these files. */
function config(env: string, compose: string): Services {
  writeFileSync(join(folder, ".env"), env);
  writeFileSync(join(folder, "compose.yaml"), compose);
  const { stdout, stderr, success } = Bun.spawnSync([...(COMMAND ?? []), "config", "--format", "json"], {
    cwd: folder,
    env: Object.fromEntries(["PATH", "HOME", "DOCKER_CONFIG"].map((name) => [name, process.env[name]])),
  });
  if (!success) throw new Error(stderr.toString());
  const model = JSON.parse(stdout.toString().replaceAll("$$", "$")) as { services: Services }; // it prints $ as $$
  return model.services;
}

const service = (environment: Record<string, string>) =>
  JSON.stringify({ name: "agrees", services: { a: { image: "x", environment } } });
/** Image and environment of each service that Compose lists. */
const both = (env: string, compose: string) => {
  const ours = readCompose(compose, Object.fromEntries(parseEnvFile(env))).compose.services as Services;
  for (const [name, { image, environment = {} }] of Object.entries(config(env, compose))) {
    const strings = Object.entries(ours[name]?.environment ?? {}).map(([key, value]) => [key, String(value)]);
    expect({ name, image: ours[name]?.image, environment: Object.fromEntries(strings) }).toEqual({
      name,
      image: image ?? "",
      environment,
    });
  }
};
const accepted = (read: () => void) => {
  try {
    read();
    return true;
  } catch {
    return false;
  }
};
const compare = (what: string, check: () => void) =>
  test.skipIf(!COMMAND)(`${what}${COMMAND ? "" : " (skipped: no docker compose)"}`, check, 300_000);

const character = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(..."$'\"\\#{}:-?+ %&*@!`=,~|<>()[];/\t") },
  { weight: 2, arbitrary: fc.constantFrom(..."AbZ019_né€😀") },
);
const text = fc.string({ unit: character, maxLength: 14 });
const batch = (one: fc.Arbitrary<string>) => fc.array(one, { minLength: 150, maxLength: 250 });

compare("a .env that this project accepts, Compose accepts and reads the same", () => {
  const line = fc.oneof(
    text.map((value) => (name: string) => `${name}=${value}`),
    text.map((value) => (name: string) => `${name}='${value}'`),
    text.map((value) => (name: string) => `${name} = "${value}" # ${value}`),
    text.map((value) => () => `# ${value}`),
  );
  fc.assert(
    fc.property(fc.array(line, { minLength: 150, maxLength: 250 }), (lines) => {
      const taken = lines.map((make, i) => make(`V${i}`)).filter((one) => accepted(() => parseEnvFile(one)));
      const names = [...parseEnvFile(taken.join("\n")).keys()];
      both(taken.join("\n"), service(Object.fromEntries(names.map((name) => [name, `\${${name}}`]))));
    }),
    { numRuns: 10 },
  );
});

compare("any printable value can be written into .env", () => {
  fc.assert(
    fc.property(batch(text.filter((value) => !value.includes("\t"))), (values) => {
      const env = values.map((value, i) => `V${i}=${envValue(value)}`).join("\n");
      expect([...parseEnvFile(env).values()]).toEqual(values);
      both(env, service(Object.fromEntries(values.map((_, i) => [`V${i}`, `\${V${i}-unset}`]))));
    }),
    { numRuns: 10 },
  );
});

compare("both interpolate a value to the same", () => {
  const name = fc.constantFrom("SET", "EMPTY", "UNSET", "NUMBER");
  const plain = fc.string({ unit: fc.constantFrom(..."a1 :-?+./_é%@"), maxLength: 5 });
  const { part } = fc.letrec<{ part: string; rest: string }>((tie) => ({
    rest: fc
      .array(fc.oneof({ weight: 2, arbitrary: plain }, tie("part")), { maxLength: 2 })
      .map((all) => all.join("")),
    part: fc.oneof(
      { depthSize: "small" },
      plain,
      fc.constant("$$"),
      name.map((one) => `$${one}`),
      name.map((one) => `\${${one}}`),
      fc
        .tuple(name, fc.constantFrom(":-", "-", ":?", "?", ":+", "+"), tie("rest"))
        .map(([one, operator, rest]) => `\${${one}${operator}${rest}}`),
    ),
  }));
  const template = fc.oneof(
    { weight: 4, arbitrary: fc.array(part, { maxLength: 4 }).map((all) => all.join("")) },
    { weight: 1, arbitrary: text },
  );
  const env = "SET=@value: *x\nEMPTY=\nNUMBER=7";
  fc.assert(
    fc.property(batch(template), (templates) => {
      const known = Object.fromEntries(parseEnvFile(env));
      const taken = templates.filter((one) => accepted(() => void interpolate(one, known)));
      const theirs = config(env, service(Object.fromEntries(taken.map((one, i) => [`V${i}`, one]))));
      for (const [i, one] of taken.entries())
        expect([one, interpolate(one, known)]).toEqual([one, String(theirs["a"]?.environment?.[`V${i}`])]);
    }),
    { numRuns: 10 },
  );
});

compare("interpolation follows parsing, and its result is a string", () => {
  const yaml = `
x-env: &env { A: "\${PASSWORD}" }
services:
  a:
    image: x
    environment:
      <<: *env
      B: \${NUMBER}
      C: \${FLAG}
      D: \${EMPTY:-yes}
      $NUMBER: key
`;
  const env = "PASSWORD='@Strong-Pass: *x'\nNUMBER=007\nFLAG=true\nEMPTY=";
  both(env, yaml);
});

compare(
  "both read any valid password, user name and host names the same in the project's compose.yaml",
  () => {
    const compose = readFileSync(join(ROOT, "compose.yaml"), "utf8");
    const password = text.filter(
      (value) => value.trim() === value && !/[\t\n]|%\(/.test(value) && value !== "",
    );
    const hosts = fc.array(
      fc.oneof(
        fc.domain(),
        fc.ipV4(),
        fc.domain().map((name) => `*.${name}`),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    fc.assert(
      fc.property(password, fc.stringMatching(USER_NAME), hosts, (GATEWAY_PASSWORD, GATEWAY_USER, names) => {
        const given = { GATEWAY_PASSWORD, GATEWAY_USER, SERVER_NAMES: names.join(" ") };
        const env = Object.entries(given)
          .map(([name, value]) => `${name}=${envValue(value)}`)
          .join("\n");
        const variables = Object.fromEntries(parseEnvFile(env));
        const { settings } = readCompose(compose, variables, resolveSettings(variables));
        expect(settings).toMatchObject(given);
        validateSettings(settings);
        both(env, compose);
      }),
      { numRuns: 10 },
    );
  },
);
