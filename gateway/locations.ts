// The locations of a route, generated from gateway/routes/NAME.yaml. Directives in NAME.conf replace generated ones.
import { corsVariable, workerVariable } from "./generated.ts";
import { countsUsers, type Defaults, limits } from "./rates.ts";
import { DEFAULT_BODY } from "./route-schema.ts";
import type { Route, RoutePath } from "./routes.ts";

const MB = 1024 * 1024;
/** Large bodies are held in memory: this much of one path, and a quarter of that for one client or user. */
const MEMORY = 64 * MB;
const SHARE = 4;
/** How much longer than one attempt all attempts may take. */
const MORE_ATTEMPTS_MS = 2000;

const ms = (time: number) => (time % 1000 === 0 ? `${time / 1000}s` : `${time}ms`);
const bytes = (size: number) => (size % MB === 0 ? `${size / MB}m` : `${size / 1024}k`);
const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`).join("\n");
const block = (location: string, lines: readonly string[]) => `location ${location} {\n${indented(lines)}\n}`;

/** Response headers that a page may read beside those that the Fetch standard allows. */
const READABLE = ["X-Request-ID", "Retry-After", "X-Served-By", "X-Version", "Location"];

function corsSettings({ name, ...route }: Route): string[] {
  if (!route.cors) return [];
  return [
    `set $cors_origin      ${corsVariable(name)};`,
    `set $cors_credentials ${route.cors.credentials};`,
    `set $cors_headers     "${corsHeaders(route)}";`,
    `set $cors_exposed     "${[...new Set([...READABLE, ...route.cors.expose])].join(", ")}";`,
    `set $cors_vary        "${route.cors.origins.includes("*") ? "" : "Origin"}";`,
  ];
}

/** What a request needs before any answer, also that of an error page. */
function settings(route: Route, { path, methods, idempotent, public: open }: RoutePath): string[] {
  return [
    `set $route "${path}";`,
    `set $worker ${workerVariable(route.name, open)};`,
    `set $allowed_methods "${methods.join(", ")}";`,
    ...(idempotent ? ["set $idempotent 1;"] : []),
    ...corsSettings(route),
    ...(route.cors ? ["if ($preflight) {", "    rewrite ^ /_preflight last;", "}"] : []),
    "include snippets/maintenance.conf;",
    `if ($request_method !~ ^(${methods.join("|")})$) {`,
    "    rewrite ^ /_not_allowed last;",
    "}",
    // nginx compares Content-Length before it runs the location's "set".
    ...(route.cors ? [`error_page 413 @too-large/${route.name};`] : []),
  ];
}

function corsHeaders({ header, cors }: Pick<Route, "header" | "cors">): string {
  const all = ["Authorization", "Content-Type", "X-Request-ID", "X-Version", ...(header ? [header] : [])];
  return [...new Set([...all, ...(cors?.headers ?? [])])].join(", ");
}

/** Limits for bodies that are held in memory; in a location of their own after authentication. */
function largeBodies(body: number): string[] {
  const [all, one] = [Math.floor(MEMORY / body), Math.floor(MEMORY / SHARE / body)];
  return [
    "limit_conn connections            ${CONNECTION_LIMIT};",
    `limit_conn large_bodies_of_client ${one};`,
    `limit_conn large_bodies_of_user   ${one};`,
    `limit_conn large_bodies_of_route  ${all};`,
  ];
}

/** Proxies to the worker: the rules of the path, then NAME.conf. */
function proxied(
  { name }: Route,
  path: RoutePath,
  replaced: ReadonlySet<string> | undefined,
  worker = "$worker",
): string[] {
  const { timeout, idempotent, body } = path;
  const own = [
    ...(body === DEFAULT_BODY ? [] : [`client_max_body_size ${bytes(body)};`]),
    ...(body > DEFAULT_BODY ? [`client_body_buffer_size ${bytes(body)};`] : []),
    ...(timeout === undefined
      ? []
      : [
          `proxy_read_timeout          ${ms(timeout)};`,
          `proxy_send_timeout          ${ms(timeout)};`,
          `proxy_next_upstream_timeout ${ms(timeout + MORE_ATTEMPTS_MS)};`,
        ]),
    ...(idempotent ? ["proxy_next_upstream error timeout non_idempotent;"] : []),
  ];
  return [
    ...own.filter((line) => !replaced?.has(line.split(" ", 1)[0]!)),
    `proxy_pass http://${worker};`,
    "include snippets/proxy.conf;",
    ...(replaced ? [`include overrides/${name}.conf;`] : []),
  ];
}

/**
 * Whether "/x/" has the rules of "/x" instead of those of a "/y/*" above it: a worker may answer it, as an Elysia plugin
 * with a prefix does for its "/". A public path opens nothing more.
 */
function hasSlash({ paths }: Route, { path, prefix, public: open }: RoutePath): boolean {
  if (prefix || open || paths.some((other) => other.prefix && other.path === path)) return false;
  return paths.some((other) => other.prefix && path.startsWith(`${other.path}/`));
}

/** The locations of one path: the first, after authentication if something is counted there, the second attempt. */
function locations(
  route: Route,
  path: RoutePath,
  defaults: Defaults,
  replaced: ReadonlySet<string> | undefined,
): string[] {
  const name = `${path.path}${path.prefix ? "/*" : ""}`;
  const large = path.body > DEFAULT_BODY;
  const users = countsUsers(route, path);
  const worker = [`error_page 502 504 = @again${name};`, ...proxied(route, path, replaced)];
  const bodies = large ? largeBodies(path.body) : [];
  const twoSteps = large || users; // neither is public
  const first = [
    ...settings(route, path),
    ...limits(route, path, defaults, users),
    ...(path.public ? [] : ["include snippets/auth.conf;"]),
    ...(twoSteps
      ? [
          "include snippets/after-authentication.conf;",
          ...(large ? [`client_max_body_size ${bytes(path.body)};`, "limit_conn nothing 1;"] : []),
          `try_files /nothing @${name};`,
        ]
      : worker),
  ];
  const counted = users ? limits(route, path, defaults, false) : [];
  const exact = !route.paths.some((other) => other !== path && !other.prefix && other.path === path.path);
  return [
    ...(exact ? [block(`= ${path.path}`, first)] : []),
    ...(hasSlash(route, path) ? [block(`= ${path.path}/`, first)] : []),
    ...(path.prefix ? [block(`^~ ${path.path}/`, first)] : []),
    ...(twoSteps ? [block(`@${name}`, [...counted, ...bodies, ...worker])] : []),
    block(`@again${name}`, [
      "include snippets/second-attempt.conf;",
      ...proxied(route, path, replaced, "$second_worker"),
    ]),
  ];
}

/** nginx knows both only where a word begins. `${NAME}` is left out too: its brace ends no block. */
const COMMENT_OR_STRING = /(?<![^\s;{}])(?:#.*|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*')|\$\{\w+\}/g;

/** Names of the directives in NAME.conf; undefined without the file. */
function directives(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const plain = text.replace(COMMENT_OR_STRING, (token) => (token.startsWith("#") ? "" : '""'));
  return new Set([...plain.matchAll(/(?:^|[;{}])\s*([a-z_]+)/g)].map(([, name = ""]) => name));
}

/** A template: it has `${CONNECTION_LIMIT}`. @param overrides the text of NAME.conf. */
export function locationsOf(route: Route, defaults: Defaults, overrides: string | undefined): string {
  const replaced = directives(overrides);
  const all = route.paths.flatMap((path) => locations(route, path, defaults, replaced));
  if (route.cors)
    all.push(block(`@too-large/${route.name}`, [...corsSettings(route), "include snippets/problem.conf;"]));
  return `# Written by gateway/locations.ts from gateway/routes/${route.name}.yaml.\n${all.join("\n")}\n`;
}
