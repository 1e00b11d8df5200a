import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../settings/project.ts";

/** Each file of a worker, from the project's root, the template it starts as, and what it is for. */
const FILES: [path: string, template: string, purpose: string][] = [
  ["workers/{{name}}.ts", "worker.ts", "your function, its schema, its docs"],
  ["workers/{{name}}.test.ts", "worker.test.ts", "its unit test"],
  ["loadtests/{{name}}.ts", "loadtest.ts", "its load test"],
  ["gateway/templates/upstreams/{{name}}.conf.template", "upstream.conf", "where it runs, its rate limit"],
  [
    "gateway/templates/routes/{{name}}.conf.template",
    "route.conf",
    "its path, auth, burst, body size, retries, document",
  ],
];

export interface WorkerFile {
  path: string;
  /** What the template says for this name. */
  fresh: string;
  purpose: string;
}

/** The files a worker of this name consists of. */
export function workerFiles(name: string): WorkerFile[] {
  return FILES.map(([path, template, purpose]) => ({
    purpose,
    path: path.replace("{{name}}", name),
    fresh: readFileSync(join(ROOT, "ops/scaffold/templates", `${template}.txt`), "utf8").replaceAll(
      "{{name}}",
      name,
    ),
  }));
}
