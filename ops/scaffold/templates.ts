import { readFileSync } from "node:fs";
import { join } from "node:path";
import { workerVariable } from "../../gateway/generated.ts";
import { ROOT } from "../settings/project.ts";

/** Of a new worker. */
export const REPLICAS = 2;

/** The parts of templates.txt; each begins with a line `==> NAME <==`, as `head` prints it. */
const TEMPLATES = new Map(
  readFileSync(join(ROOT, "ops/scaffold/templates.txt"), "utf8")
    .split(/^==> /m)
    .map((part): [string, string] => {
      const [head = "", ...lines] = part.split("\n");
      return [head.replace(" <==", ""), lines.join("\n")];
    }),
);

/** A template with the worker's name and `values` filled in. */
export function template(file: string, name: string, values: Record<string, string> = {}): string {
  const text = TEMPLATES.get(file);
  if (text === undefined) throw new Error(`templates.txt has no ${file}`);
  return text.replace(
    /\{\{(\w+)\}\}/g,
    (whole, key: string) => ({ name, variable: workerVariable(name), ...values })[key] ?? whole,
  );
}

interface WorkerFile {
  path: string;
  /** The content that the scaffold writes. */
  fresh: string;
  purpose: string;
}

/** The files of a worker and of its route. */
export function workerFiles(name: string): WorkerFile[] {
  const files: [path: string, file: string, purpose: string][] = [
    [`workers/${name}.ts`, "worker.ts", "your function, its schema, its docs"],
    [`workers/${name}.test.ts`, "worker.test.ts", "its unit test"],
    [`loadtests/${name}.ts`, "loadtest.ts", "its load test"],
  ];
  return [
    ...files.map(([path, file, purpose]) => ({ path, fresh: template(file, name), purpose })),
    ...routeFiles(name),
  ];
}

/** The two files of a route, for a worker of the same name. */
export function routeFiles(name: string): WorkerFile[] {
  const files: [path: string, file: string, purpose: string][] = [
    [`gateway/routes/${name}.yaml`, "route.yaml", "the worker of its path, its rate limit"],
    [`gateway/routes/${name}.conf.template`, "route.conf", "its path, auth, burst, body size, retries"],
  ];
  return files.map(([path, file, purpose]) => ({ path, fresh: template(file, name), purpose }));
}
