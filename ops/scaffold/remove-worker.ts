// make remove-worker NAME=word-count: removes a worker, its routes or its part in them, and what belongs to it alone.
// NAME may be that of an example in workers/examples.yaml: all its workers.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isName, type Route, readRoute, routeNames } from "../../gateway/routes.ts";
import { main, UserError } from "../settings/fail.ts";
import { compose, ROOT, workers } from "../settings/project.ts";
import { removeService } from "./compose-edit.ts";
import { leavesWith, workersOfExample } from "./examples.ts";
import { type Change, carryOut, exists, read, refuseLoss } from "./plan.ts";
import { routeFiles, template, workerFiles } from "./templates.ts";
import { versionSource, withoutSelector, withoutWorker } from "./version.ts";

const LOGS = ".state/logs";

/** The logs of a worker's native replicas, rotated ones too. */
function logs(name: string): Change[] {
  const all = existsSync(join(ROOT, LOGS)) ? readdirSync(join(ROOT, LOGS)) : [];
  return all
    .filter((file) => file.startsWith(`${name}-`) && /^(\d+|next)\.log/.test(file.slice(name.length + 1)))
    .map((file) => ({ path: `${LOGS}/${file}` }));
}

/** By its Dockerfile, so that a worker without its source is found. */
function hasService(name: string): boolean {
  const services = compose.services as Record<string, { build?: { dockerfile?: string } }>;
  return Object.hasOwn(services, name) && services[name]?.build?.dockerfile === "workers/Dockerfile";
}

/** Routes that name the worker. Other routes are not read: they may be invalid. */
function routesOf(name: string): Route[] {
  return routeNames()
    .filter((route) => read(`gateway/routes/${route}.yaml`).includes(name))
    .map((route) => readRoute(route, [name, ...workers().map((worker) => worker.name)]))
    .filter(({ worker, values = {} }) => [worker, ...Object.values(values)].includes(name));
}

/** The default worker after the removal; undefined where none is left. */
function nextDefault({ name: route, worker, values = {} }: Route, name: string): string | undefined {
  if (worker !== name) return worker;
  const others = [...new Set(Object.values(values))].filter((other) => other !== name);
  const next = process.env["DEFAULT"] ?? "";
  if (others.length === 0 || others.includes(next)) return next || undefined;
  throw new UserError(
    `${name} is the default of /${route}: name the next one, DEFAULT=${others.join(" or DEFAULT=")}`,
  );
}

function routeChanges(route: Route, name: string, alsoRemoved: readonly string[]): Change[] {
  const yaml = `gateway/routes/${route.name}.yaml`;
  const versions = Object.values(route.values ?? {}).filter(
    (other) => other !== name && !alsoRemoved.includes(other),
  );
  if (route.worker === name && versions.length === 0)
    return routeFiles(route.name)
      .filter(({ path }) => exists(path))
      .map(({ path }) => ({ path, why: `/${route.name} has no worker left` }));
  const next = nextDefault(route, name);
  const changes: Change[] = [
    { path: yaml, text: withoutWorker(read(yaml), name, next), why: `/${route.name} without ${name}` },
  ];
  if (route.worker === name && next && exists(`workers/${next}.ts`)) {
    const source = read(`workers/${next}.ts`);
    const plain = withoutSelector(source);
    if (plain !== source)
      changes.push({ path: `workers/${next}.ts`, text: plain, why: `${next} needs no header` });
  }
  return changes;
}

/** The content of this worker's files as the scaffold writes them. */
function freshFiles(name: string, routes: readonly Route[]): Map<string, string> {
  const fresh = new Map(workerFiles(name).map(({ path, fresh: text }) => [path, text]));
  for (const { worker, header = "", values = {} } of routes)
    for (const [value, version] of Object.entries(values)) {
      if (version !== name || !exists(`workers/${worker}.ts`)) continue;
      const selector = { header, value };
      fresh.set(`workers/${name}.ts`, versionSource(read(`workers/${worker}.ts`), worker, name, selector));
      fresh.set(`workers/${name}.test.ts`, template("version.test.ts", name, selector));
    }
  return fresh;
}

/** What is removed, and what the files of the worker are before somebody works on them. */
interface Removal {
  changes: Change[];
  fresh: Map<string, string>;
}

function removalOf(name: string, alsoRemoved: readonly string[]): Removal {
  const routes = isName(name) ? routesOf(name) : [];
  if (!isName(name) || !(hasService(name) || exists(`workers/${name}.ts`) || routes.length > 0)) {
    const names = workers().map((worker) => worker.name);
    throw new UserError(
      `${name ? `unknown worker ${name}` : "name a worker: make remove-worker NAME=…"}; known: ${names.join(", ") || "none"}`,
    );
  }
  const remaining = workers()
    .map((worker) => worker.name)
    .filter((other) => other !== name && !alsoRemoved.includes(other));
  const known = routeNames();
  const own = workerFiles(name).filter(
    ({ path }) => exists(path) && !(path.startsWith("gateway/routes/") && known.includes(name)),
  );
  const service = hasService(name)
    ? [{ path: "compose.yaml", text: removeService(read("compose.yaml"), name), why: `service ${name}` }]
    : [];
  const all: Change[] = [
    ...service,
    ...own.map(({ path }) => ({ path })),
    ...routes.flatMap((route) => routeChanges(route, name, alsoRemoved)),
    ...leavesWith(name, remaining),
    ...logs(name),
  ];
  const changes = all.filter(({ path }, i) => all.findIndex((other) => other.path === path) === i);
  return { changes, fresh: freshFiles(name, routes) };
}

/** What is to be removed, and what it starts as: both for all workers, before any is removed. */
function refuseLossOf(names: readonly string[]): void {
  const removals = names.map((name) =>
    removalOf(
      name,
      names.filter((other) => other !== name),
    ),
  );
  const removed = removals.flatMap(({ changes }) =>
    changes.filter(({ path, text }) => text === undefined && !path.startsWith(LOGS)),
  );
  refuseLoss(
    [...new Set(removed.map(({ path }) => path))],
    new Map(removals.flatMap(({ fresh }) => [...fresh])),
  );
}

await main(() => {
  const name = process.env["NAME"] ?? "";
  const names = workersOfExample(name) ?? [name];
  refuseLossOf(names);
  for (const [i, each] of names.entries()) carryOut(removalOf(each, names.slice(0, i)).changes);
  console.log("\nWhere it still runs, this stops it: make start-project");
});
