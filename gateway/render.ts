// Renders the gateway's configuration: the templates, generated.conf and the routes' locations. The only renderer, for
// native mode, containers, swarm, `nginx -t`, tests and doctor.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { UserError } from "../ops/settings/fail.ts";
import { ROOT } from "../ops/settings/project.ts";
import { rowOf } from "../ops/settings/table.ts";
import { generated, UPSTREAM_KEEPALIVE, type Upstream } from "./generated.ts";
import { locationsOf } from "./locations.ts";
import { machineEnv } from "./machine.ts";
import type { Defaults } from "./rates.ts";
import { NOTHING_PUBLISHED, type Published, releasesFiles } from "./releases.ts";
import { ROUTES_DIR, type Route, readRoutes } from "./routes.ts";

const SUFFIX = ".template";
const VARIABLE = /\$\{([A-Z0-9_]+)\}/g;
const TEMPLATES = join(ROOT, "gateway/templates");

/**
 * Folders in AUTH_DIR with credentials that were verified (servers/40-authentication.conf), in the order in which they are
 * emptied: a request that misses one asks those before it.
 */
export const AUTH_CACHES = ["recent", "waiting-2", "waiting-1", "cache"] as const;

/** Reloads one nginx and waits for it; of a container, too. */
export const RELOAD = join(ROOT, "gateway/reload.sh");

/** The two nginx that check passwords, from one template: for new and for recently verified credentials. */
export const VERIFIERS = ["new", "recent"] as const;

/** Times that other settings depend on; make doctor compares them. */
export const TIMES = {
  UPSTREAM_KEEPALIVE,
  /** Shorter than the gateway's stop_grace_period; a route with a longer timeout raises it. */
  SHUTDOWN_TIMEOUT: "30s",
  /** How long a worker may take to answer; tests set a shorter one. */
  WORKER_READ_TIMEOUT: "10s",
} as const;

export interface Gateway {
  /** For `${NAME}` in the templates; may override TIMES. */
  variables: Record<string, string>;
  /** In compose.yaml's order. */
  upstreams: readonly Upstream[];
  /** The folder of the routes, gateway/routes by default; it may be missing. */
  routes?: string;
  /** nginx is 1.29.8 or newer. */
  newer?: boolean;
  /** The versions that X-Version reaches; none by default. */
  published?: Published;
}

/**
 * Replaces `${NAME}` (capitals only; nginx's own `$variables` are kept), as envsubst with a filter does.
 * @throws Error if a variable is missing.
 */
export function fill(template: string, variables: Record<string, string>, origin = "template"): string {
  return template.replace(VARIABLE, (_whole, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`${origin} needs the variable ${name}`);
    return value;
  });
}

/** Renders each `*.template` below `from` to the same place below `to`, without the suffix. */
export function renderTree(from: string, to: string, variables: Record<string, string>): void {
  for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(SUFFIX)) continue;
    const target = join(to, file.slice(0, -SUFFIX.length));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, fill(readFileSync(join(from, file), "utf8"), variables, file));
  }
}

/** A reload or a stop lets the longest request finish. */
function shutdownTimeout(routes: readonly Route[]): string {
  const timeouts = routes.flatMap(({ paths }) => paths.map(({ timeout = 0 }) => timeout / 1000));
  return `${Math.ceil(Math.max(Number.parseInt(TIMES.SHUTDOWN_TIMEOUT, 10), ...timeouts))}s`;
}

/** The rendered files would have the secret in clear text. */
function refuseSecrets(template: string, origin: string): void {
  const [, name] = [...template.matchAll(VARIABLE)].find(([, each = ""]) => rowOf(each)?.secret) ?? [];
  if (name)
    throw new UserError(`${origin}: ${name} is a secret; the gateway's configuration may not have it`);
}

/** `workers/NAME.conf` of each route, and NAME.conf, which they include, as `overrides/NAME.conf`. */
function renderRoutes(
  to: string,
  all: readonly Route[],
  folder: string,
  values: Record<string, string>,
): void {
  // Also without routes: the folders replace the ones before.
  for (const part of ["workers", "overrides"]) mkdirSync(join(to, part), { recursive: true });
  for (const route of all) {
    const file = join(folder, `${route.name}.conf`);
    const overrides = existsSync(file) ? readFileSync(file, "utf8") : undefined;
    const locations = locationsOf(route, defaultsOf(values), overrides);
    writeFileSync(join(to, "workers", `${route.name}.conf`), fill(locations, values));
    if (overrides === undefined) continue;
    const shown = `gateway/routes/${route.name}.conf`;
    refuseSecrets(overrides, shown);
    writeFileSync(join(to, "overrides", `${route.name}.conf`), fill(overrides, values, shown));
  }
}

function defaultsOf({ RATE_LIMIT: rate = "", RATE_BURST: burst }: Record<string, string>): Defaults {
  return { rate, burst: Number(burst) };
}

/**
 * Writes `nginx.conf` and its includes except RUN_DIR's machine.conf (machine.ts), and the verifiers'
 * `verifier-new.conf` and `verifier-recent.conf`. @throws UserError for an invalid route.
 */
export function renderGatewayTree(
  to: string,
  { variables, upstreams, routes = ROUTES_DIR, newer, published = NOTHING_PUBLISHED }: Gateway,
): void {
  const since = { SINCE_1_29_8: newer ? "" : "# " }; // comments out what an older nginx does not know
  const names = upstreams.map(({ worker }) => worker);
  const all = readRoutes(names, routes);
  const times = { ...TIMES, SHUTDOWN_TIMEOUT: shutdownTimeout(all) };
  const values: Record<string, string> = { ...times, ...since, ...variables };
  renderTree(TEMPLATES, to, { ...values, VERIFIER: "" });
  renderRoutes(to, all, routes, values);
  writeFileSync(join(to, "generated.conf"), generated(upstreams, all, defaultsOf(values)));
  for (const [name, text] of Object.entries(releasesFiles(published))) writeFileSync(join(to, name), text);
  writeFileSync(join(to, "machine.env"), machineEnv());
  rmSync(join(to, "verifier.conf"));
  const template = readFileSync(join(TEMPLATES, `verifier.conf${SUFFIX}`), "utf8");
  for (const VERIFIER of VERIFIERS)
    writeFileSync(join(to, `verifier-${VERIFIER}.conf`), fill(template, { ...values, VERIFIER }));
}

function templateOf(file: string): string {
  if (file === "generated.conf") return "generated.conf (of gateway/routes/*.yaml)";
  if (file.startsWith("verifier-")) return `gateway/templates/verifier.conf${SUFFIX}`;
  if (file.startsWith("overrides/")) return `gateway/routes/${file.slice("overrides/".length)}`;
  if (file.startsWith("workers/"))
    return `${file} (of gateway/routes/${file.slice("workers/".length, -".conf".length)}.yaml)`;
  return `gateway/templates/${file}${SUFFIX}`;
}

/** The first line of what nginx says of a rendered folder, with the file that a person edits in its place. */
export function inTemplates(message: string, folder: string): string {
  const [line = ""] = message.trim().split("\n");
  const [before = "", ...parts] = line.replace(/^.*\[emerg\] \d+#\d+: /, "").split(`${folder}/`);
  const named = parts.map((part) => part.replace(/^[\w./-]+\.conf/, templateOf));
  return [before, ...named].join("");
}
