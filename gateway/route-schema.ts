// The schema of gateway/routes/NAME.yaml.
import { UserError } from "../ops/settings/fail.ts";
import { distance } from "../ops/settings/unknown.ts";
import { latency } from "./objective.ts";
import * as value from "./route-values.ts";

/** What may differ by path. */
export interface PathRules {
  /** Without credentials. */
  public: boolean;
  methods: string[];
  /** Bytes. */
  body: number;
  /** Milliseconds the worker may take. */
  timeout?: number;
  /** RATE_BURST by default. */
  burst?: number;
  /** A POST that failed may be sent to a second replica. */
  idempotent: boolean;
}

export interface RoutePath extends PathRules {
  path: string;
  /** Everything below the path too. */
  prefix: boolean;
}

export interface Cors {
  /** Exact origins, or "*". */
  origins: string[];
  /** Request headers beside those of every route. */
  headers: string[];
  /** Response headers that pages may read beside those of every route. */
  expose: string[];
  credentials: boolean;
}

export interface Route {
  name: string;
  /** The default worker. */
  worker: string;
  /** The request header whose value selects another worker. */
  header?: string;
  /** Worker by header value; values match exactly. */
  values?: Record<string, string>;
  paths: RoutePath[];
  /** Such as 5r/s; RATE_LIMIT by default. */
  rate?: string;
  /** What the rate counts: the client's address, or the authenticated user. */
  rateBy: "address" | "user";
  /** Rates of single users. */
  users: Record<string, string>;
  cors?: Cors;
  /** For the alerts of its workers. */
  objective?: { /** Milliseconds. */ latency?: number; errors?: "page" | "ignore" };
}

/** The default of client_max_body_size (conf.d/20-limits.conf). */
export const DEFAULT_BODY = 64 * 1024;
const ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

type Keys = Record<string, (value: unknown) => unknown>;

const PATH_KEYS: Keys = {
  public: value.flag,
  methods: value.methods,
  body: value.size,
  timeout: value.duration,
  burst: value.burst,
  idempotent: value.flag,
};
const CORS_KEYS: Keys = {
  origins: value.list(value.origin),
  headers: value.list(value.header),
  expose: value.list(value.header),
  credentials: value.flag,
};
const OBJECTIVE_KEYS: Keys = { latency, errors: value.oneOf("page", "ignore") };
const any = (each: unknown) => each;
const ROUTE_KEYS: Keys = {
  worker: any,
  header: any,
  values: any,
  paths: value.entries,
  methods: PATH_KEYS["methods"]!,
  rate: value.rate,
  rate_by: value.oneOf("address", "user"),
  users: value.users,
  burst: PATH_KEYS["burst"]!,
  body: PATH_KEYS["body"]!,
  timeout: PATH_KEYS["timeout"]!,
  idempotent: PATH_KEYS["idempotent"]!,
  cors: (each) => read(each, CORS_KEYS),
  objective: (each) => read(each, OBJECTIVE_KEYS),
};

function unknownKey(key: string, keys: readonly string[]): never {
  const [nearest = ""] = keys.toSorted((a, b) => distance(key, a) - distance(key, b));
  const meant = distance(key, nearest) <= Math.max(2, key.length / 3) ? `did you mean ${nearest}? ` : "";
  throw new UserError(`unknown key ${key}; ${meant}known are ${keys.join(", ")}`);
}

/** The values of an object whose keys are in `keys`. @throws UserError that names the key. */
function read(object: unknown, keys: Keys): Record<string, unknown> {
  return Object.fromEntries(
    value.entries(object).map(([key, each]) => {
      const check = Object.hasOwn(keys, key) ? keys[key]! : unknownKey(key, Object.keys(keys));
      return [key, within(key, () => check(each))];
    }),
  );
}

/** Errors of `run` begin with the key. */
function within<T>(key: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(`${key}${message.startsWith("must be") ? " " : ": "}${message}`);
  }
}

/** Few large bodies fit in memory: clients without credentials could hold all places. */
function publicBody({ path, prefix, body }: RoutePath, own: number | undefined): number {
  if (own === undefined) return Math.min(body, DEFAULT_BODY);
  if (own <= DEFAULT_BODY) return own;
  throw new UserError(`${path}${prefix ? "/*" : ""}: body must be at most 64k with public: true`);
}

/** The paths with their rules: their own, those of the nearest "/x/*" above, those of the route. */
function pathsOf(raw: readonly [string, unknown][], route: Partial<PathRules>): RoutePath[] {
  if (raw.length === 0) throw new UserError("paths is empty; write paths: { /NAME/*: {} }");
  const own = raw.map(([key, each]) => {
    const where = within("paths", () => value.path(key));
    return {
      ...where,
      rules: within(key, () => read(each === "" ? {} : each, PATH_KEYS)) as Partial<PathRules>,
    };
  });
  return own.map(({ path, prefix, rules }) => {
    const above = own
      .filter((other) => other.prefix && other.path.length < path.length + Number(!prefix))
      .filter((other) => path === other.path || path.startsWith(`${other.path}/`))
      .toSorted((a, b) => a.path.length - b.path.length)
      .map(({ rules: { public: _, ...inherited } }) => inherited);
    const methods = prefix || above.length > 0 ? ANY : ["POST"];
    const defaults = { public: false, methods, body: DEFAULT_BODY, idempotent: false };
    const all = { ...Object.assign(defaults, route, ...above, rules), path, prefix } as RoutePath;
    return all.public ? { ...all, body: publicBody(all, rules.body) } : all;
  });
}

function corsOf({ origins = [], headers = [], expose = [], credentials = false }: Partial<Cors>): Cors {
  if (origins.length === 0) throw new UserError("cors: write origins: [https://app.example.org]");
  if (origins.includes("*") && (credentials || origins.length > 1))
    throw new UserError('cors: origins must be exact with credentials: true or a second origin, not "*"');
  return { origins, headers, expose, credentials };
}

/** A route from its parsed file; header, values and workers are checked by routes.ts. @throws UserError with the key. */
export function routeOf(name: string, content: unknown): Route {
  const checked = read(content, ROUTE_KEYS);
  const { paths, rate_by, users, cors, ...others } = checked;
  if (paths === undefined) throw new UserError("paths is missing; write paths: { /NAME/*: {} }");
  const { methods, burst, body, timeout, idempotent, ...route } = others;
  const rules = Object.entries({ methods, burst, body, timeout, idempotent });
  const given = Object.fromEntries(rules.filter(([, each]) => each !== undefined)) as Partial<PathRules>;
  return {
    name,
    ...route,
    paths: pathsOf(paths as [string, unknown][], given),
    rateBy: rate_by ?? "address",
    users: users ?? {},
    ...(cors !== undefined && { cors: corsOf(cors as Partial<Cors>) }),
  } as Route;
}
