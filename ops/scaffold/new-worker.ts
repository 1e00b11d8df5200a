// make new-worker NAME=word-count: a worker with its own path.
// make new-worker NAME=api-v3 ROUTE=/predict HEADER='X-Experiment-Group: beta': a version of an existing path.
import { headerProblem, isName, PLATFORM_PATHS, type Route, readRoutes } from "../../gateway/routes.ts";
import { exclusively, PROJECT } from "../host/lock.ts";
import { main, UserError } from "../settings/fail.ts";
import { addService } from "./compose-edit.ts";
import { type Change, carryOut, exists, read, services, workerNames } from "./plan.ts";
import { REPLICAS, template, workerFiles } from "./templates.ts";
import { type Selector, versionSource, withVersion } from "./version.ts";

/** @throws UserError unless `name` is free as a service, a path, and in these files. */
function checkNewName(name: string, routes: readonly Route[], files: readonly string[]): void {
  if (!name) throw new UserError("name the worker: make new-worker NAME=word-count");
  if (!isName(name))
    throw new UserError('NAME must be lower-case words joined by "-", 40 characters at most: word-count');
  if (Object.hasOwn(services(), name))
    throw new UserError(`compose.yaml already has a service ${name}; choose another NAME`);
  if (PLATFORM_PATHS.includes(name) || routes.some((route) => route.name === name))
    throw new UserError(`the gateway answers /${name} already; choose another NAME`);
  const taken = [...files, `workers/${name}`].find(exists);
  if (taken) throw new UserError(`${taken} already exists; choose another NAME`);
}

function service(name: string): Change {
  const text = template("service.yaml", name, { replicas: String(REPLICAS) });
  return {
    path: "compose.yaml",
    text: addService(read("compose.yaml"), name, text, workerNames().at(-1)),
    why: `service ${name}, ${REPLICAS} replicas; a dependency of the gateway`,
  };
}

function withOwnPath(name: string, routes: readonly Route[]): Change[] {
  const files = workerFiles(name);
  checkNewName(
    name,
    routes,
    files.map(({ path }) => path),
  );
  return [...files.map(({ path, fresh, purpose }) => ({ path, text: fresh, why: purpose })), service(name)];
}

/** Parses "X-Experiment-Group: beta". @throws UserError when it cannot select a version of this route. */
function selector(text: string, route: Route): Selector {
  const [, header = "", value = ""] = /^([^:]*):\s*(.*?)\s*$/.exec(text) ?? [];
  const wrong = headerProblem(header, value);
  if (wrong) throw new UserError(`HEADER='NAME: VALUE': ${wrong}`);
  if (route.header && route.header.toLowerCase() !== header.toLowerCase())
    throw new UserError(`/${route.name} is selected by ${route.header}; use a value of that header`);
  const { values = {} } = route;
  const taken = Object.hasOwn(values, value) && values[value];
  if (taken) throw new UserError(`${header}: ${value} already selects ${taken}; choose another value`);
  return { header: route.header ?? header, value };
}

function asVersion(name: string, path: string, header: string, routes: readonly Route[]): Change[] {
  const route = routes.find((each) => each.name === path.replace(/^\//, ""));
  if (!route)
    throw new UserError(
      `${path ? `unknown route ${path}` : "name a route"}; known: ${routes.map((each) => `/${each.name}`).join(", ")}`,
    );
  const files = [`workers/${name}.ts`, `workers/${name}.test.ts`];
  checkNewName(name, routes, files);
  const chosen = selector(header, route);
  const [source = "", test = ""] = files;
  const yaml = `gateway/routes/${route.name}.yaml`;
  return [
    {
      path: source,
      text: versionSource(read(`workers/${route.worker}.ts`), route.worker, name, chosen),
      why: `a copy of workers/${route.worker}.ts to edit`,
    },
    { path: test, text: template("version.test.ts", name, chosen), why: "its unit test" },
    {
      path: yaml,
      text: withVersion(read(yaml), chosen.header, chosen.value, name),
      why: `${chosen.header}: ${chosen.value} is answered by ${name}`,
    },
    service(name),
  ];
}

function newWorker(): void {
  const { NAME: name = "", ROUTE: route = "", HEADER: header = "" } = process.env;
  if (!route !== !header)
    throw new UserError(
      "a version of a path needs both ROUTE=/predict and HEADER='X-Experiment-Group: beta'",
    );
  const routes = readRoutes(workerNames());
  carryOut(route ? asVersion(name, route, header, routes) : withOwnPath(name, routes));
  console.log(`\nEdit workers/${name}.ts, then run: make start-project`);
}

await main(() => exclusively(PROJECT, newWorker));
