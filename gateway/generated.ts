// generated.conf: the upstreams of the workers, and the maps and zones of the routes. locations.ts has their locations.
import { type Defaults, zones } from "./rates.ts";
import { type Cors, type Route, type RoutePath, workersOf } from "./routes.ts";

/** A `server` of an upstream. https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server */
export interface Server {
  /** `127.0.0.1:8100`, or a name for the resolver. */
  address: string;
  /** The name is resolved again while nginx runs; needs a resolver. */
  resolve?: boolean;
  /** Gets requests only when no other server is available. */
  backup?: boolean;
}

export interface Upstream {
  worker: string;
  servers: readonly Server[];
  /** The name server for `resolve`. */
  resolver?: string;
  /** It is not started, because it lacks a secret: /readyz does not ask it. */
  lacking?: boolean;
}

/** The name of a worker's preview: of its process or service, its upstream, and its label in metrics and logs. */
export const previewName = (worker: string) => `${worker}.preview`;

/** The name of a canary of this worker's clients: of its process or service, and of its upstream, the candidate's servers. */
export const canaryName = (worker: string) => `${worker}.canary`;

/** The upstream that answers 404 to an X-Version that nothing has (servers/50-unknown-version.conf). */
const UNKNOWN_VERSION = "unknown.version";

/** How long a resolved address is cached. A stopping worker accepts connections for longer (DRAIN_DELAY_MS). */
export const DNS_VALID = "2s";
/** After one failure a replica gets no requests for two seconds; the others answer. */
const FAIL_TIMEOUT = "max_fails=1 fail_timeout=2s";
/**
 * How long an idle connection to a worker is kept. Shorter than the worker's IDLE_TIMEOUT_SECONDS: a request that meets
 * a closing connection would be lost or sent twice. https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive
 */
export const UPSTREAM_KEEPALIVE = "60s";

export function upstream({ worker, servers, resolver }: Upstream): string {
  const lines = servers.map(
    ({ address, resolve, backup }) =>
      `    server ${address}${resolve ? " resolve" : ""} ${FAIL_TIMEOUT}${backup ? " backup" : ""};`,
  );
  return `upstream ${worker} {
    zone upstream_${worker} 64k;
${resolver ? `    resolver ${resolver} valid=${DNS_VALID} ipv6=off;\n` : ""}${lines.join("\n")}
    keepalive 64;
    keepalive_requests 100000;
    keepalive_timeout ${UPSTREAM_KEEPALIVE};
}`;
}

const variable = (prefix: string, name: string) => `$${prefix}_${name.replaceAll("-", "_")}`;
/** The variable for the upstream of a route's request. A public path has another one: previews need credentials. */
export const workerVariable = (route: string, open = false) =>
  variable(open ? "public_worker_for" : "worker_for", route);
/** A case-sensitive match; a plain string in a map ignores case. routes.ts limits the characters. */
const exactly = (text: string) => `"~^${text.replace(/[^\w/~:@=-]/g, "\\$&")}\\z"`;

/** A map; with an empty source and no entries it is a constant. */
export function map(
  source: string,
  target: string,
  initial: string,
  entries: readonly [string, string][] = [],
) {
  const lines = [["default", initial] as const, ...entries].map(([from, to]) => `    ${from} ${to};`);
  return `map ${source} ${target} {\n${lines.join("\n")}\n}`;
}

/** The variable for the origin of a request if the route allows it. */
export const corsVariable = (route: string) => variable("cors_origin_of", route);

function corsOrigins(name: string, { origins }: Cors): string {
  if (origins.includes("*")) return map('""', corsVariable(name), '"*"');
  const allowed = origins.map((origin): [string, string] => [exactly(origin), "$http_origin"]);
  return map("$http_origin", corsVariable(name), '""', allowed);
}

/**
 * X-Version, the route's header, the share of a canary or the default worker, in this order. $version_upstreams (releases.conf)
 * is empty without X-Version; of its upstreams the route's first counts, live ones before previews.
 */
function workerMaps(each: Route, source: string, chosen: readonly [string, string][]): string[] {
  const { name, worker, paths } = each;
  const [selected, shared] = [variable("selected_for", name), variable("shared_for", name)];
  const live = workersOf(each);
  const versioned = (open: boolean, upstreams: readonly string[]) =>
    map("$version_upstreams", workerVariable(name, open), UNKNOWN_VERSION, [
      ['""', selected],
      ...upstreams.map((one): [string, string] => [`"~ ${one.replace(".", "\\.")} "`, one]),
    ]);
  return [
    map("$canary_from", shared, worker, [[exactly(worker), "$canary_upstream"]]),
    map(source, selected, shared, chosen),
    versioned(false, [...live, ...live.map(previewName)]),
    ...(paths.some((path) => path.public) ? [versioned(true, live)] : []),
  ];
}

/** `$worker_for_NAME`, the zones of the route's rates, and the route as /docs/workers.json shows it. */
function route(each: Route, defaults: Defaults): string[] {
  const { name, worker, header, values = {}, cors } = each;
  const source = header ? `$http_${header.toLowerCase().replaceAll("-", "_")}` : '""';
  const chosen = Object.entries(values).map(([value, other]): [string, string] => [exactly(value), other]);
  const asWritten = ({ path, prefix }: RoutePath) => (prefix ? `${path}/*` : path);
  const paths = each.paths.map(asWritten);
  const idempotent = each.paths.filter((one) => one.idempotent).map(asWritten);
  const shown = JSON.stringify({
    name,
    worker,
    paths,
    ...(header && { header, values }),
    ...(idempotent.length > 0 && { idempotent }),
  });
  return [
    ...workerMaps(each, source, chosen),
    ...zones(each, defaults),
    ...(cors ? [corsOrigins(name, cors)] : []),
    map('""', variable("json_of", name), `'${shown}'`),
  ];
}

/** @param upstreams in compose.yaml's order: /docs shows the first one's document first, /readyz asks the first that is started. */
export function generated(
  upstreams: readonly Upstream[],
  routes: readonly Route[],
  defaults: Defaults,
): string {
  const names = upstreams.map(({ worker }) => worker);
  const { worker: readiness = '""' } = upstreams.find(({ lacking }) => !lacking) ?? upstreams[0] ?? {};
  const documents = names.map((name): [string, string] => [exactly(`/openapi/${name}.json`), name]);
  const shown = routes.map(({ name }) => variable("json_of", name)).join(",");
  return `${[
    "# Written by gateway/generated.ts from compose.yaml and gateway/routes/*.yaml.",
    ...upstreams.map(upstream),
    ...routes.flatMap((each) => route(each, defaults)),
    map("$uri", "$documented_worker", '""', documents),
    map('""', "$readiness_worker", readiness),
    map(
      '""',
      "$workers_json",
      `'{"workers":"${names.join(" ")}","previews":$previews_json,"now":$msec,"routes":[${shown}]}'`,
    ),
  ].join("\n")}\n`;
}
