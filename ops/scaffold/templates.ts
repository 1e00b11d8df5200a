import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";

/** Of a new worker. */
export const REPLICAS = 2;

/** What a new worker asks for: the options of make new-worker. */
export interface Needs {
  /** Without `/*`. */
  path: string;
  /** Also everything below the path. */
  below: boolean;
  /** Exact paths below it that need no credentials. */
  open: readonly string[];
  secrets: readonly string[];
  /** A data folder. */
  data: boolean;
  /** Other hosts. */
  outbound: boolean;
  /** A request may be asked again, also of another version. */
  pure: boolean;
}

/** Of make new-worker with a name only. */
export const plain = (name: string): Needs => ({
  path: `/${name}`,
  below: false,
  open: [],
  secrets: [],
  data: false,
  outbound: false,
  pure: false,
});

/** The parts of templates.txt; each begins with a line `==> NAME <==`, as `head` prints it. */
const TEMPLATES = new Map(
  readFileSync(join(ROOT, "ops/scaffold/templates.txt"), "utf8")
    .split(/^==> /m)
    .map((part): [string, string] => {
      const [head = "", ...lines] = part.split("\n");
      return [head.replace(" <==", ""), lines.join("\n")];
    }),
);

/** A template with the values filled in. */
export function template(file: string, values: Record<string, string>): string {
  const text = TEMPLATES.get(file);
  if (text === undefined) throw new Error(`templates.txt has no ${file}`);
  return text.replace(/\{\{(\w+)\}\}/g, (whole, key: string) => values[key] ?? whole);
}

/** A source as Biome formats it: the optional parts of a template change where lines break. */
function formatted(path: string, source: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(
    [process.execPath, join(ROOT, "node_modules/.bin/biome"), "format", `--stdin-file-path=${path}`],
    { cwd: ROOT, stdin: Buffer.from(source) },
  );
  if (exitCode !== 0) throw new Error(`biome format ${path}: ${stderr}`);
  return stdout.toString();
}

const camelCase = (name: string) =>
  name.toLowerCase().replace(/_+(\w)/g, (_whole, letter: string) => letter.toUpperCase());

function sourceValues(name: string, { path, open, secrets, pure }: Needs): Record<string, string> {
  const read = secrets.map(
    (each) => `export const ${camelCase(each)} = secret("${each}"); // call it for its text\n`,
  );
  return {
    name,
    path,
    secretImport: secrets.length > 0 ? "secret, " : "",
    secrets: read.length > 0 ? `\n${read.join("")}` : "",
    pure: pure ? "\n  pure: true, // a request changes nothing, so it may be asked twice" : "",
    public: open.map((each) => template("public.ts", { path: each }).trimEnd()).join(""),
  };
}

interface WorkerFile {
  path: string;
  /** The content that the scaffold writes. */
  fresh: string;
  purpose: string;
}

/** The files of a worker and of its route. */
export function workerFiles(name: string, needs = plain(name)): WorkerFile[] {
  const values = sourceValues(name, needs);
  const kind = needs.data ? "store" : "worker";
  const files: [path: string, file: string, purpose: string][] = [
    [`workers/${name}.ts`, `${kind}.ts`, "your functions, their schemas, their docs"],
    [`workers/${name}.test.ts`, `${kind}.test.ts`, "its unit test"],
    [`loadtests/${name}.ts`, "loadtest.ts", "its load test"],
  ];
  return [
    ...files.map(([path, file, purpose]) => ({
      path,
      purpose,
      get fresh() {
        return formatted(path, template(file, values)); // starts a program: only where it is read
      },
    })),
    routeFile(name, needs),
  ];
}

/** The route of a worker of the same name. */
export function routeFile(name: string, { path, below, open, data }: Needs = plain(name)): WorkerFile {
  const paths = [`${path}${below ? "/*" : ""}: {}`, ...open.map((each) => `${each}: { public: true }`)];
  const idempotent = "\nidempotent: true # a POST may be sent again to another replica after one failed";
  const values = { name, paths: paths.join("\n  "), idempotent: data ? "" : idempotent };
  return {
    path: `gateway/routes/${name}.yaml`,
    fresh: template("route.yaml", values),
    purpose: "its paths, rate limit, body size, timeout, CORS",
  };
}

/** Its lines in compose.yaml. */
export function serviceLines(name: string, { secrets, data, outbound }: Needs = plain(name)): string {
  const needs = [
    secrets.length > 0 ? `secrets: [${secrets.join(", ")}]` : "",
    data ? `volumes: ["${dataVolume(name)}:/data"]` : "",
    outbound ? "networks: { <<: *worker-networks, outbound: {} }" : "",
  ].filter(Boolean);
  return template("service.yaml", {
    name,
    replicas: String(REPLICAS),
    needs: needs.map((line) => `\n    ${line}`).join(""),
  });
}

export const dataVolume = (name: string) => `${name}-data`;
