// generated.conf: the upstreams of the workers and the maps of the routes. Nothing else is generated.
import type { Route } from "./routes.ts";

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
/** The variable for the route's worker in its template. */
export const workerVariable = (route: string) => variable("worker_for", route);
/** A case-sensitive match; a plain string in a map ignores case. routes.ts limits the characters. */
const exactly = (text: string) => `"~^${text.replace(/[^\w/~:@=-]/g, "\\$&")}\\z"`;

/** A map; with an empty source and no entries it is a constant. */
function map(source: string, target: string, initial: string, entries: readonly [string, string][] = []) {
  const lines = [["default", initial] as const, ...entries].map(([from, to]) => `    ${from} ${to};`);
  return `map ${source} ${target} {\n${lines.join("\n")}\n}`;
}

/** `$worker_for_NAME`, the zone of the route's own rate, and the route as /docs/workers.json shows it. */
function route({ name, worker, header, values = {}, rate }: Route): string[] {
  const source = header ? `$http_${header.toLowerCase().replaceAll("-", "_")}` : '""';
  const chosen = Object.entries(values).map(([value, other]): [string, string] => [exactly(value), other]);
  const shown = JSON.stringify({ name, worker, ...(header && { header, values }) });
  return [
    map(source, workerVariable(name), worker, chosen),
    ...(rate ? [`limit_req_zone $client_network zone=${name}_per_client:1m rate=${rate};`] : []),
    map('""', variable("json_of", name), `'${shown}'`),
  ];
}

/** @param upstreams in compose.yaml's order: /docs shows the first one's document first, /readyz asks the first that is started. */
export function generated(upstreams: readonly Upstream[], routes: readonly Route[]): string {
  const names = upstreams.map(({ worker }) => worker);
  const { worker: readiness = '""' } = upstreams.find(({ lacking }) => !lacking) ?? upstreams[0] ?? {};
  const documents = names.map((name): [string, string] => [exactly(`/openapi/${name}.json`), name]);
  const shown = routes.map(({ name }) => variable("json_of", name)).join(",");
  return `${[
    "# Written by gateway/generated.ts from compose.yaml and gateway/routes/*.yaml.",
    ...upstreams.map(upstream),
    ...routes.flatMap(route),
    map("$uri", "$documented_worker", '""', documents),
    map('""', "$readiness_worker", readiness),
    map('""', "$workers_json", `'{"workers":"${names.join(" ")}","routes":[${shown}]}'`),
  ].join("\n")}\n`;
}
