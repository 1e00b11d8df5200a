// Routes: gateway/routes/NAME.yaml says which worker answers which paths and how; NAME.conf has more directives of nginx.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../ops/settings/fail.ts";
import { compose, ROOT, workers } from "../ops/settings/project.ts";
import { type Route, routeOf } from "./route-schema.ts";

export type { Cors, PathRules, Route, RoutePath } from "./route-schema.ts";

export const ROUTES_DIR = join(ROOT, "gateway/routes");

/** First segments of paths that the gateway answers, or that are reserved for workers' probes. */
export const PLATFORM_PATHS = [
  "assets",
  "docs",
  "livez",
  "metrics",
  "nginx-status",
  "openapi",
  "parts",
  "readyz",
  "shadow-pairs",
];

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_NAME = 40;
/** A header name that nginx has as a variable, `$http_…`. */
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
/** Characters that need no quoting in nginx, JSON and YAML. */
const VALUE = /^[\w.~+:@=-]{1,64}$/;

/** Lower-case words joined by "-": valid as the name of a service, a path, an nginx variable and an account. */
export function isName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_NAME;
}

/** What is wrong with a header and its value, or undefined. */
export function headerProblem(header: unknown, value: string): string | undefined {
  if (typeof header !== "string" || !HEADER.test(header))
    return `header must be a name such as X-Experiment-Group, not ${JSON.stringify(header)}`;
  if (header.toLowerCase() === "x-version")
    return "X-Version selects a version (docs/releases.md); use another header, such as X-Experiment-Group";
  if (/^x-shadow(-pass)?$/i.test(header)) return `${header} belongs to shadows; use another header`;
  if (!VALUE.test(value))
    return `a value of ${header} is 1 to 64 letters, digits and . _ ~ + : @ = -, not ${JSON.stringify(value)}`;
  return undefined;
}

function workerProblem(worker: unknown, known: readonly string[]): string | undefined {
  if (typeof worker === "string" && known.includes(worker)) return undefined;
  return `there is no worker ${JSON.stringify(worker) ?? "named"}; compose.yaml has ${known.join(", ") || "none"}`;
}

/** What is wrong with the workers of a route and what selects them, or undefined. */
function selectionProblem(
  { worker, header, values }: Partial<Route>,
  known: readonly string[],
): string | undefined {
  const unknown = workerProblem(worker, known);
  if (unknown) return unknown;
  if (header === undefined && values === undefined) return undefined;
  if (typeof values !== "object" || values === null || Array.isArray(values))
    return "header and values belong together: values: { VALUE: WORKER }";
  const entries = Object.entries(values);
  if (entries.length === 0) return "values is empty: take header and values out";
  return entries
    .map(([value, other]) => headerProblem(header, value) ?? workerProblem(other, known))
    .find((text) => text !== undefined);
}

function pathProblem({ paths }: Route): string | undefined {
  const taken = paths.find(({ path }) => PLATFORM_PATHS.includes(path.split("/")[1] ?? ""));
  return taken && `${taken.path} is a path of the gateway itself`;
}

/** The workers of a route. */
export function workersOf({ worker, values = {} }: Pick<Route, "worker" | "values">): string[] {
  return [...new Set([worker, ...Object.values(values)])];
}

const seconds = (text: string | undefined) => Number(/^(\d+)s$/.exec(text ?? "")?.[1] ?? 0);
/** From the end of the gateway's own time to finish requests to the end of its stop_grace_period. */
const MARGIN_S = 5;

/** A stopping worker or gateway must be able to finish a request that takes as long as the route allows. */
function timeoutProblem(route: Route): string | undefined {
  const longest = Math.max(0, ...route.paths.map(({ timeout = 0 }) => timeout));
  const services = workers().filter(({ name }) => workersOf(route).includes(name));
  const short = services.find(
    ({ environment }) => Number(environment["DRAIN_TIMEOUT_MS"] ?? longest) < longest,
  );
  const needed = Math.ceil(longest / 1000);
  if (short)
    return `timeout is longer than ${short.name} may take to stop; set DRAIN_TIMEOUT_MS: "${longest}" in its environment and stop_grace_period: ${needed + 10}s in compose.yaml`;
  const grace = seconds(compose.services["gateway"]?.stop_grace_period);
  if (needed > 30 && grace > 0 && grace < needed + MARGIN_S)
    return `timeout is longer than the gateway may take to stop; set stop_grace_period: ${needed + MARGIN_S}s of the service gateway in compose.yaml`;
  return undefined;
}

function parsed(file: string): unknown {
  try {
    // Text stays text: 1.10 is no number.
    return parse(readFileSync(file, "utf8"), { schema: "failsafe" });
  } catch (error) {
    throw new UserError((error as Error).message.split("\n", 1)[0]);
  }
}

/** One route. @throws UserError with the file and the reason; `known` are the workers there are. */
export function readRoute(name: string, known: readonly string[], folder = ROUTES_DIR): Route {
  try {
    if (!isName(name))
      throw new UserError(`the name must be lower-case words joined by "-", ${MAX_NAME} characters at most`);
    const content = parsed(join(folder, `${name}.yaml`));
    if (typeof content !== "object" || content === null || Array.isArray(content))
      throw new UserError("write worker: NAME and paths: { /NAME/*: {} }");
    const unknown = selectionProblem(content, known);
    const route = routeOf(name, content);
    const wrong = unknown ?? pathProblem(route) ?? timeoutProblem(route);
    if (wrong) throw new UserError(wrong);
    return route;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`gateway/routes/${name}.yaml: ${error.message}`);
  }
}

function filesOf(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : []; // git keeps no empty folder
  return files.filter((file) => !file.startsWith(".")).sort();
}

/** Names of the routes' files, valid or not. */
export function routeNames(folder = ROUTES_DIR): string[] {
  return filesOf(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length));
}

/** What nginx locations a path becomes: "/x" is one, "/x/*" two unless the same file has "/x" itself. */
function claimsOf({ paths }: Route): string[] {
  const exact = paths.filter(({ prefix }) => !prefix).map(({ path }) => path);
  return [...new Set(exact), ...paths.filter(({ prefix }) => prefix).map(({ path }) => `${path}/*`)].concat(
    paths.filter(({ path, prefix }) => prefix && !exact.includes(path)).map(({ path }) => path),
  );
}

/** @throws UserError if two routes claim a path. Below another route's "/x/*", the longest path wins. */
function checkClaims(routes: readonly Route[]): void {
  const owners = new Map<string, string>();
  for (const route of routes)
    for (const claim of claimsOf(route)) {
      const other = owners.get(claim);
      if (other)
        throw new UserError(`gateway/routes/${route.name}.yaml: ${claim} is a path of ${other}.yaml already`);
      owners.set(claim, route.name);
    }
}

/** Every route. @throws UserError with the file and the reason. */
export function readRoutes(known = workers().map(({ name }) => name), folder = ROUTES_DIR): Route[] {
  const names = routeNames(folder);
  for (const file of filesOf(folder)) {
    const base = file.replace(/\.(conf|yaml)$/, "");
    if (base === file)
      throw new UserError(
        `gateway/routes/${file}: a route has NAME.yaml and, for directives of nginx, NAME.conf`,
      );
    if (!names.includes(base)) throw new UserError(`gateway/routes/${file} has no ${base}.yaml beside it`);
  }
  const routes = names.map((name) => readRoute(name, known, folder));
  checkClaims(routes);
  return routes;
}
