// Routes: gateway/routes/NAME.yaml says which worker answers, NAME.conf.template has the locations.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { UserError } from "../ops/settings/fail.ts";
import { ROOT, workers } from "../ops/settings/project.ts";

export const ROUTES_DIR = join(ROOT, "gateway/routes");

export interface Route {
  name: string;
  /** The default worker. */
  worker: string;
  /** The request header whose value selects another worker. */
  header?: string;
  /** Worker by header value; values match exactly. */
  values?: Record<string, string>;
  /** Requests per client address, such as 5r/s; RATE_LIMIT by default. */
  rate?: string;
}

/** First segments of paths that the gateway answers, or that are reserved for workers' probes. */
export const PLATFORM_PATHS = ["assets", "docs", "livez", "metrics", "nginx-status", "openapi", "readyz"];

const KEYS = ["worker", "header", "values", "rate"];
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_NAME = 40;
/** A header name that nginx has as a variable, `$http_…`. */
const HEADER = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
/** Characters that need no quoting in nginx, JSON and YAML. */
const VALUE = /^[\w.~+:@=-]{1,64}$/;
const RATE = /^[1-9]\d{0,5}r\/[sm]$/;

/** Lower-case words joined by "-": valid as the name of a service, a path, an nginx variable and an account. */
export function isName(name: string): boolean {
  return NAME.test(name) && name.length <= MAX_NAME;
}

/** What is wrong with a header and its value, or undefined. */
export function headerProblem(header: unknown, value: string): string | undefined {
  if (typeof header !== "string" || !HEADER.test(header))
    return `header must be a name such as X-Experiment-Group, not ${JSON.stringify(header)}`;
  if (!VALUE.test(value))
    return `a value of ${header} is 1 to 64 letters, digits and . _ ~ + : @ = -, not ${JSON.stringify(value)}`;
  return undefined;
}

function workerProblem(worker: unknown, known: readonly string[]): string | undefined {
  if (typeof worker === "string" && known.includes(worker)) return undefined;
  return `there is no worker ${JSON.stringify(worker) ?? "named"}; compose.yaml has ${known.join(", ") || "none"}`;
}

/** What is wrong with a route's file, or undefined. */
function problem(name: string, file: Record<string, unknown>, known: readonly string[]): string | undefined {
  if (!isName(name)) return `the name must be lower-case words joined by "-", ${MAX_NAME} characters at most`;
  if (PLATFORM_PATHS.includes(name)) return `/${name} is a path of the gateway itself`;
  const odd = Object.keys(file).find((key) => !KEYS.includes(key));
  if (odd) return `unknown key ${odd}; known are ${KEYS.join(", ")}`;
  const { worker, header, values, rate } = file;
  if (rate !== undefined && !(typeof rate === "string" && RATE.test(rate)))
    return "rate must be such as 5r/s or 300r/m";
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

/** One route. @throws UserError with the file and the reason; `known` are the workers there are. */
export function readRoute(name: string, known: readonly string[], folder = ROUTES_DIR): Route {
  const shown = `gateway/routes/${name}.yaml`;
  let content: unknown;
  try {
    // Text stays text: 1.10 is no number.
    content = parse(readFileSync(join(folder, `${name}.yaml`), "utf8"), { schema: "failsafe" });
  } catch (error) {
    throw new UserError(`${shown}: ${(error as Error).message.split("\n", 1)}`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new UserError(`${shown}: write worker: NAME`);
  const wrong = problem(name, { ...content }, known);
  if (wrong) throw new UserError(`${shown}: ${wrong}`);
  return { name, ...(content as Omit<Route, "name">) };
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

/** Every route. @throws UserError with the file and the reason; each route needs both files. */
export function readRoutes(known = workers().map(({ name }) => name), folder = ROUTES_DIR): Route[] {
  const files = filesOf(folder);
  for (const file of files) {
    const base = file.replace(/\.(conf\.template|yaml)$/, "");
    if (base === file)
      throw new UserError(`gateway/routes/${file}: a route has two files, NAME.yaml and NAME.conf.template`);
    const other = file.endsWith(".yaml") ? `${base}.conf.template` : `${base}.yaml`;
    if (!files.includes(other)) throw new UserError(`gateway/routes/${file} has no ${other} beside it`);
  }
  const routes = routeNames(folder).map((name) => readRoute(name, known, folder));
  for (const { name, rate } of routes) {
    const zone = `zone=${name}_per_client`;
    if (rate && !readFileSync(join(folder, `${name}.conf.template`), "utf8").includes(zone))
      throw new UserError(
        `gateway/routes/${name}.yaml: rate has no effect without "limit_req ${zone}" in the template`,
      );
  }
  return routes;
}
