// make new-worker NAME=word-count: a worker with its own path.
// make new-worker NAME=invoices ROUTE=/invoices SECRETS=API_KEY DATA=yes OUTBOUND=yes PUBLIC=/invoices/health: everything
// below a path, with what it needs.
// make new-worker NAME=api-v3 ROUTE=/predict HEADER='X-Experiment-Group: beta': a version of an existing path.
import { headerProblem, isName, PLATFORM_PATHS, type Route, readRoutes } from "../../gateway/routes.ts";
import { exclusively, PROJECT } from "../host/lock.ts";
import { main, UserError } from "../settings/fail.ts";
import { addService, type Definition } from "./compose-edit.ts";
import { list, needsOf, requested } from "./needs.ts";
import { type Change, carryOut, exists, read, services, workerNames } from "./plan.ts";
import { dataVolume, type Needs, REPLICAS, serviceLines, template, workerFiles } from "./templates.ts";
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

function definitions(name: string, { secrets, data }: Needs): Definition[] {
  return [
    ...secrets.map(
      (secret): Definition => ({
        section: "secrets",
        name: secret,
        value: `{ file: ./secrets/${secret} }`,
      }),
    ),
    ...(data ? [{ section: "volumes", name: dataVolume(name), value: "{}" } satisfies Definition] : []),
  ];
}

function service(name: string, needs: Needs): Change {
  const defined = definitions(name, needs);
  const text = addService(
    read("compose.yaml"),
    name,
    serviceLines(name, needs),
    workerNames().at(-1),
    defined,
  );
  const what = defined.map(({ name: each }) => `, ${each}`).join("");
  return { path: "compose.yaml", text, why: `service ${name}, ${REPLICAS} replicas${what}` };
}

function withOwnPath(name: string, routes: readonly Route[]): Change[] {
  checkNewName(
    name,
    routes,
    workerFiles(name).map(({ path }) => path),
  );
  const needs = requested(name);
  const files = workerFiles(name, needs);
  const other = routes.find(({ paths }) => paths.some(({ path }) => path === needs.path));
  if (other)
    throw new UserError(`${needs.path} is a path of gateway/routes/${other.name}.yaml; choose another ROUTE`);
  return [
    ...files.map(({ path, fresh, purpose }) => ({ path, text: fresh, why: purpose })),
    service(name, needs),
  ];
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
  const route = routes.find(({ paths }) => paths.some((each) => each.path === path));
  if (!route)
    throw new UserError(
      `${path ? `unknown route ${path}` : "name a route"}; known: ${routes.flatMap(({ paths }) => paths.map((each) => each.path)).join(", ")}`,
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
    { path: test, text: template("version.test.ts", { name, ...chosen }), why: "its unit test" },
    {
      path: yaml,
      text: withVersion(read(yaml), chosen.header, chosen.value, name),
      why: `${chosen.header}: ${chosen.value} is answered by ${name}`,
    },
    service(name, needsOf(route.worker)), // its secrets and network, and a data folder of its own
  ];
}

/** Secrets without a value yet. */
function unset(): string[] {
  return list(process.env["SECRETS"]).filter((secret) => !exists(`secrets/${secret}`));
}

function newWorker(): void {
  const { NAME: name = "", ROUTE: route = "", HEADER: header = "" } = process.env;
  const routes = readRoutes(workerNames());
  carryOut(header ? asVersion(name, route, header, routes) : withOwnPath(name, routes));
  for (const secret of unset()) console.log(`\nSet its secret: make secret NAME=${secret}`);
  console.log(`\nEdit workers/${name}.ts, then run: make start-project`);
}

await main(() => exclusively(PROJECT, newWorker));
