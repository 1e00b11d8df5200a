import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../lib/compose.ts";

/** Each file of a worker, from the project's root, and the template it starts as. */
const FILES: [path: string, template: string][] = [
  ["workers/{{name}}.ts", "worker.ts"],
  ["workers/{{name}}.test.ts", "worker.test.ts"],
  ["loadtests/{{name}}.ts", "loadtest.ts"],
  ["gateway/templates/upstreams/{{name}}.conf.template", "upstream.conf"],
  ["gateway/templates/routes/{{name}}.conf.template", "route.conf"],
];

export interface WorkerFile {
  path: string;
  /** What the template says for this name. */
  fresh: string;
}

/** The files a worker of this name consists of. */
export function workerFiles(name: string): WorkerFile[] {
  return FILES.map(([path, template]) => ({
    path: path.replace("{{name}}", name),
    fresh: readFileSync(join(ROOT, "ops/scaffold/templates", `${template}.txt`), "utf8").replaceAll(
      "{{name}}",
      name,
    ),
  }));
}
