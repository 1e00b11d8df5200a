// make remove-worker NAME=word-count: removes a worker, its routes or its part in them, and what belongs to it alone.
// NAME may be that of an example in workers/examples.yaml: all its workers.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isName, type Route, readRoute, routeNames } from "../../gateway/routes.ts";
import { exclusively, PROJECT } from "../host/lock.ts";
import { main, UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { removeDefinitions, removeService } from "./compose-edit.ts";
import { FILE as EXAMPLES, leavesWith, workersOfExample } from "./examples.ts";
import { refuseNeeded } from "./needed.ts";
import { needsOf } from "./needs.ts";
import { type Change, carryOut, exists, read, refuseLoss, services, workerNames } from "./plan.ts";
import { dataVolume, serviceLines, template, workerFiles } from "./templates.ts";
import { versionSource, withoutSelector, withoutWorker } from "./version.ts";

const LOGS = ".state/logs";

/** The logs of a worker's native replicas and its preview, rotated ones too. */
function logs(name: string): Change[] {
  const all = existsSync(join(ROOT, LOGS)) ? readdirSync(join(ROOT, LOGS)) : [];
  return all
    .filter((file) => file.startsWith(name) && /^(-\d+|-next|\.preview)\.log/.test(file.slice(name.length)))
    .map((file) => ({ path: `${LOGS}/${file}` }));
}

/** By its Dockerfile, so that a worker without its source is found. */
function hasService(name: string): boolean {
  const all = services();
  return Object.hasOwn(all, name) && all[name]?.build?.dockerfile === "workers/Dockerfile";
}

/** The default worker of a route and those it selects by header. */
const workersOf = ({ worker, values = {} }: Route) => [...new Set([worker, ...Object.values(values)])];

/** Routes that name one of the workers. Other routes are not read: they may be invalid. */
function routesOf(names: readonly string[]): Route[] {
  return routeNames()
    .filter((route) => names.some((name) => read(`gateway/routes/${route}.yaml`).includes(name)))
    .map((route) => readRoute(route, [...names, ...Object.keys(services())]))
    .filter((route) => workersOf(route).some((worker) => names.includes(worker)));
}

/** Whether there is a file that only a worker of this name has: other files may be the platform's. */
function hasFile(name: string): boolean {
  if (exists(`workers/${name}.ts`)) return true;
  return workerFiles(name).some(({ path, fresh }) => exists(path) && read(path) === fresh);
}

const isKnown = (name: string) =>
  isName(name) && (hasService(name) || hasFile(name) || routesOf([name]).length > 0);

/** The default worker after the removal: one of `left`. */
function nextDefault({ name: route, worker }: Route, left: readonly string[]): string {
  const next = left.includes(worker) ? worker : (process.env["DEFAULT"] ?? "");
  if (left.includes(next)) return next;
  throw new UserError(
    `${worker} is the default of /${route}: name the next one, DEFAULT=${left.join(" or DEFAULT=")}`,
  );
}

function routeChanges(route: Route, names: readonly string[]): Change[] {
  const left = workersOf(route).filter((worker) => !names.includes(worker));
  if (left.length === 0)
    return [`gateway/routes/${route.name}.conf`, `gateway/routes/${route.name}.yaml`] // the last names the workers
      .filter(exists)
      .map((path) => ({ path, why: `/${route.name} has no worker left` }));
  const next = nextDefault(route, left);
  const yaml = `gateway/routes/${route.name}.yaml`;
  const gone = workersOf(route).filter((worker) => names.includes(worker));
  const text = gone.reduce((edited, name) => withoutWorker(edited, name, next), read(yaml));
  const changes: Change[] = [{ path: yaml, text, why: `/${route.name} without ${gone.join(", ")}` }];
  if (next !== route.worker && exists(`workers/${next}.ts`)) {
    const source = read(`workers/${next}.ts`);
    const plain = withoutSelector(source);
    if (plain !== source)
      changes.push({ path: `workers/${next}.ts`, text: plain, why: `${next} needs no header` });
  }
  return changes;
}

/** The content of a worker's files as the scaffold writes them. */
function freshFiles(name: string, routes: readonly Route[]): Map<string, string> {
  const fresh = new Map(workerFiles(name, needsOf(name)).map(({ path, fresh: text }) => [path, text]));
  for (const { worker, header = "", values = {} } of routes)
    for (const [value, version] of Object.entries(values)) {
      if (version !== name || !exists(`workers/${worker}.ts`)) continue;
      const selector = { header, value };
      fresh.set(`workers/${name}.ts`, versionSource(read(`workers/${worker}.ts`), worker, name, selector));
      fresh.set(`workers/${name}.test.ts`, template("version.test.ts", { name, ...selector }));
    }
  return fresh;
}

/** The files of a worker; a route of its name that has other workers stays. */
function ownFiles(name: string): Change[] {
  const known = routeNames();
  return workerFiles(name)
    .filter(({ path }) => exists(path) && !(path.startsWith("gateway/routes/") && known.includes(name)))
    .map(({ path }) => ({ path }));
}

/** The secrets and the data volumes that no other service uses. */
function unused(names: readonly string[]): { section: "secrets" | "volumes"; name: string }[] {
  const others = Object.entries(services()).filter(([name]) => !names.includes(name));
  const inUse = others.flatMap(([, { secrets = [], volumes = [] }]) => [
    ...secrets,
    ...volumes.map((volume) => volume.split(":", 1)[0]),
  ]);
  return names
    .flatMap((name) => [
      ...needsOf(name).secrets.map((secret) => ({ section: "secrets" as const, name: secret })),
      { section: "volumes" as const, name: dataVolume(name) },
    ])
    .filter(({ name }) => !inUse.includes(name));
}

/**
 * The services and the list of the examples are last: after an interruption they still name what is to be removed.
 * @param names the workers; those of an example that are not `present` any more have left files at most.
 */
function removal(names: readonly string[], present: readonly string[], routes: readonly Route[]): Change[] {
  const remaining = workerNames().filter((name) => !names.includes(name));
  const leaving = leavesWith(names, remaining);
  const [files, list] = [
    leaving.filter(({ path }) => path !== EXAMPLES),
    leaving.filter(({ path }) => path === EXAMPLES),
  ];
  const served = present.filter(hasService);
  const text = removeDefinitions(served.reduce(removeService, read("compose.yaml")), unused(served));
  const all: Change[] = [
    ...files,
    ...present.flatMap(ownFiles),
    ...routes.flatMap((route) => routeChanges(route, present)),
    ...present.flatMap(logs),
    ...(served.length > 0 ? [{ path: "compose.yaml", text, why: `without ${served.join(", ")}` }] : []),
    ...list,
  ];
  return all.filter(({ path }, i) => all.findIndex((other) => other.path === path) === i);
}

function removeWorker(): void {
  const name = process.env["NAME"] ?? "";
  const names = workersOfExample(name) ?? [name];
  const present = names.filter(isKnown);
  if (present.length === 0 && !workersOfExample(name))
    throw new UserError(
      `${name ? `unknown worker ${name}` : "name a worker: make remove-worker NAME=…"}; known: ${workerNames().join(", ") || "none"}`,
    );
  const routes = routesOf(present);
  const changes = removal(names, present, routes);
  const removed = changes.flatMap(({ path, text }) => (text === undefined ? path : []));
  refuseNeeded(
    removed,
    workerNames().filter((other) => !present.includes(other)),
  );
  refuseLoss(
    removed.filter((path) => !path.startsWith(LOGS)),
    new Map(present.filter(hasService).map((each) => [each, serviceLines(each, needsOf(each))])),
    new Map(present.flatMap((each) => [...freshFiles(each, routes)])),
  );
  const kept = present.filter((each) => needsOf(each).data).map(dataVolume);
  const secrets = unused(present).flatMap(({ section, name: secret }) =>
    section === "secrets" && exists(`secrets/${secret}`) ? [`secrets/${secret}`] : [],
  );
  carryOut(changes);
  console.log(`\nTo stop its replicas: make start-project`);
  if (kept.length > 0) console.log(`Its data stays: ${kept.join(", ")}`);
  if (secrets.length > 0) console.log(`Its secrets stay: ${secrets.join(", ")}`);
}

await main(() => exclusively(PROJECT, removeWorker));
