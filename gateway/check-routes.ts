// Compares gateway/routes/*.yaml with the OpenAPI documents of their workers: bun gateway/check-routes.ts
import { join } from "node:path";
import type { OpenAPIV3 } from "openapi-types";
import { main, UserError } from "../ops/settings/fail.ts";
import { ROOT, setting, workers } from "../ops/settings/project.ts";
import { type Route, type RoutePath, readRoutes, workersOf } from "./routes.ts";

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

interface Operation {
  /** "/invoices/{id}" */
  path: string;
  /** "GET" */
  method: string;
  operation: OpenAPIV3.OperationObject;
  open: boolean;
}
type Documents = ReadonlyMap<string, OpenAPIV3.Document>;

function operationsOf({ paths, security }: OpenAPIV3.Document): Operation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      if (!operation) return [];
      const open = (operation.security ?? security ?? []).length === 0;
      return [{ path, method: method.toUpperCase(), operation, open }];
    }),
  );
}

const shown = ({ path, prefix }: RoutePath) => (prefix ? `${path}/*` : path);
const yaml = ({ name }: Route) => `gateway/routes/${name}.yaml`;
const source = (worker: string) => `workers/${worker}.ts`;

function covers({ path, prefix }: RoutePath, documented: string): boolean {
  return documented === path || (prefix && documented.startsWith(`${path}/`));
}

/** The route and path that answer a documented path: an exact one, otherwise the longest prefix. */
function answering(routes: readonly Route[], documented: string) {
  return routes
    .flatMap((route) => route.paths.map((path) => ({ route, path })))
    .filter(({ path }) => covers(path, documented))
    .toSorted(
      (a, b) => Number(a.path.prefix) - Number(b.path.prefix) || b.path.path.length - a.path.path.length,
    )[0];
}

/** The value of a required header with one value, by its name in lower case: what `selectedBy` documents. */
function selectors({ operation }: Operation): Map<string, string> {
  const all = (operation.parameters ?? []).flatMap((one) => {
    if (!("in" in one) || one.in !== "header" || !one.required) return [];
    const [value, ...others] = ((one.schema ?? {}) as OpenAPIV3.SchemaObject).enum ?? [];
    return value === undefined || others.length > 0 ? [] : [[one.name.toLowerCase(), String(value)] as const];
  });
  return new Map(all);
}

function selectionProblem(worker: string, route: Route, each: Operation): string | undefined {
  const [value, ...more] = Object.entries(route.values ?? {}).flatMap(([key, to]) =>
    to === worker ? [key] : [],
  );
  const header = route.header ?? "";
  const documented = selectors(each).get(header.toLowerCase());
  if (worker === route.worker || more.length > 0 || value === undefined)
    return documented === undefined || value === documented
      ? undefined
      : `${source(worker)}: remove selectedBy: ${yaml(route)} sends requests without ${header} to it too`;
  if (documented === value) return undefined;
  return `${source(worker)}: set selectedBy: { header: "${header}", value: "${value}", … } as in ${yaml(route)}`;
}

function statusProblems(what: string, { method, operation, open }: Operation, limit: string): string[] {
  const body = method !== "GET" && method !== "HEAD"; // as in workers/runtime/openapi/document.ts
  const wanted = [...(open ? [] : ["401"]), ...(body ? ["413"] : []), limit, "502", "504"];
  const odd = [...(open ? ["401"] : []), ...(body ? [] : ["413", "415"])];
  const documented = Object.keys(operation.responses);
  return [
    ...wanted
      .filter((status) => !documented.includes(status))
      .map(
        (status) => `${what}: document ${status}, which the gateway answers; is …problemResponses missing?`,
      ),
    ...odd
      .filter((status) => documented.includes(status))
      .map((status) => `${what}: remove ${status}, which nothing answers here`),
  ];
}

function operationProblems(
  worker: string,
  each: Operation,
  routes: readonly Route[],
  limit: string,
): string[] {
  const what = `${source(worker)}: ${each.method} ${each.path}`;
  const found = answering(routes, each.path);
  if (!found) {
    const own = routes.find((route) => workersOf(route).includes(worker));
    return [
      `${what} is reached by no route: add ${each.path.replace(/\/\{.*/, "/*")} to the paths of ${own ? yaml(own) : "a route"}`,
    ];
  }
  const { route, path } = found;
  if (!workersOf(route).includes(worker))
    return [
      `${what}: ${yaml(route)} sends ${shown(path)} to ${workersOf(route).join(" and ")}; give it another path`,
    ];
  const selection = selectionProblem(worker, route, each);
  const security = each.open
    ? `add public: true to ${shown(path)} in ${yaml(route)}, or remove security: []`
    : `add security: [] to its detail: ${shown(path)} is public in ${yaml(route)}`;
  return [
    ...(path.methods.includes(each.method)
      ? []
      : [
          `${yaml(route)}: add ${each.method} to the methods of ${shown(path)}: ${source(worker)} documents it`,
        ]),
    ...(path.public === each.open ? [] : [`${what}: ${security}`]),
    ...(selection ? [selection] : []),
    ...statusProblems(what, { ...each, open: path.public }, limit),
  ];
}

/** The documented path is, or may be, this path of the route. */
function matches(path: RoutePath, documented: string): boolean {
  if (path.prefix) return covers(path, documented);
  const pattern = documented.split(/\{[^}]*\}/).map((text) => text.replace(/[.]/g, "\\$&"));
  return new RegExp(`^${pattern.join("[^/]+")}$`).test(path.path);
}

function pathProblems(route: Route, path: RoutePath, documents: Documents): string[] {
  return workersOf(route).flatMap((worker) => {
    const document = documents.get(worker);
    const own = (document ? operationsOf(document) : []).filter((each) => matches(path, each.path));
    const where = `${yaml(route)}: ${source(worker)} documents`;
    if (own.length === 0) return [`${where} nothing at ${shown(path)}: remove the path, or add it there`];
    if (path.prefix || path.methods.includes("DELETE")) return []; // any method
    const documented = own.map(({ method }) => method).concat("HEAD", "OPTIONS");
    const odd = path.methods.filter((method) => !documented.includes(method));
    return odd.map(
      (method) => `${where} no ${method} at ${shown(path)}: remove it from the methods, or add it there`,
    );
  });
}

/** One line for each disagreement, with what to change in which file. `limit`: RATE_LIMIT_STATUS. */
export function disagreements(routes: readonly Route[], documents: Documents, limit: string): string[] {
  const ofWorkers = [...documents].flatMap(([worker, document]) =>
    operationsOf(document).flatMap((each) => operationProblems(worker, each, routes, limit)),
  );
  const ofRoutes = routes.flatMap((route) =>
    route.paths.flatMap((path) => pathProblems(route, path, documents)),
  );
  return [...new Set([...ofWorkers, ...ofRoutes])];
}

/** The document of a worker of this project, from a process of its own: a worker may not end by itself. */
async function documentOf(worker: string): Promise<OpenAPIV3.Document> {
  const script = `const { app } = await import(${JSON.stringify(join(ROOT, source(worker)))});
    const answer = await app.handle(new Request("http://localhost/openapi.json"));
    process.stdout.write("\\n" + JSON.stringify(await answer.json()) + "\\n", () => process.exit());`;
  const child = Bun.spawn([process.execPath, "-e", script], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
    timeout: 60_000,
  });
  const [out, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  try {
    return JSON.parse(
      out.split("\n").find((line) => line.startsWith('{"openapi"')) ?? "",
    ) as OpenAPIV3.Document;
  } catch {
    const reason =
      errors.split("\n").find((line) => /^\s*(\w*[Ee]rror\b|error:)/.test(line)) ??
      `it gives no OpenAPI document${/"stack":"(.*?)(\\n|")/.exec(errors + out)?.[1]?.replace(/^/, ": ") ?? ""}`;
    throw new UserError(`${source(worker)} cannot be imported: ${reason.trim()}`);
  }
}

if (import.meta.main)
  await main(async () => {
    const names = workers().map(({ name }) => name);
    const read = names.map(async (name) => [name, await documentOf(name)] as const);
    const wrong = disagreements(
      readRoutes(names),
      new Map(await Promise.all(read)),
      setting("RATE_LIMIT_STATUS"),
    );
    for (const line of wrong) console.error(line);
    if (wrong.length > 0)
      throw new UserError(`routes and workers disagree in ${wrong.length} places, listed above`);
    console.log(`routes and workers agree (${names.length} workers)`);
  });
