// What a worker asks for: the options of make new-worker, and the same read back from the project's files.
import { parse } from "yaml";
import { PLATFORM_PATHS } from "../../gateway/routes.ts";
import { UserError } from "../settings/fail.ts";
import { exists, read, services } from "./plan.ts";
import { dataVolume, type Needs, plain } from "./templates.ts";

const PATH = /^(\/[a-z0-9]+(-[a-z0-9]+)*)+$/;
const SECRET = /^[A-Z][A-Z0-9_]{0,63}$/;

/** An option with several values. */
export const list = (text = "") => text.split(/[\s,]+/).filter(Boolean);

function flag(name: string, otherwise = () => false): boolean {
  const value = process.env[name] ?? "";
  if (value === "") return otherwise();
  if (["no", "0"].includes(value)) return false;
  if (["yes", "1"].includes(value)) return true;
  throw new UserError(`${name} must be yes or no, not ${value}`);
}

/** @throws UserError unless the path can be served. */
function checkPath(path: string): void {
  if (!PATH.test(path))
    throw new UserError(`ROUTE must be a path of lower-case words such as /invoices, not ${path}`);
  const [, first = ""] = path.split("/");
  if (PLATFORM_PATHS.includes(first))
    throw new UserError(`the gateway answers /${first} already; choose another ROUTE`);
}

/** Asks on a terminal; otherwise a worker is not declared pure. */
function asksPure(): boolean {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  return confirm(
    "Is it pure: may a request be asked twice, because it changes nothing? (make shadow needs it)",
  );
}

/** The options ROUTE, SECRETS, DATA, OUTBOUND, PUBLIC and PURE. @throws UserError for an invalid one. */
export function requested(name: string): Needs {
  const { ROUTE: route = "", SECRETS, PUBLIC } = process.env;
  const path = (route || `/${name}`).replace(/(?<=.)\/\*?$/, "");
  checkPath(path);
  const secrets = list(SECRETS);
  const odd = secrets.find((secret) => !SECRET.test(secret));
  if (odd)
    throw new UserError(`SECRETS: a name is capitals, digits and "_", such as INVOICE_API_KEY, not ${odd}`);
  const open = list(PUBLIC);
  const outside = open.find((each) => !PATH.test(each) || !each.startsWith(`${path}/`));
  if (outside) throw new UserError(`PUBLIC: a path is below ${path}, such as ${path}/health, not ${outside}`);
  const data = flag("DATA");
  const pure = flag("PURE", () => !data && asksPure());
  if (data && pure) throw new UserError("PURE=yes: a worker that keeps data is not pure");
  return {
    path,
    below: Boolean(route) || data || open.length > 0,
    open,
    secrets,
    data,
    outbound: flag("OUTBOUND"),
    pure,
  };
}

/** What a worker's files ask for; of a new worker with a name only where they are missing or invalid. */
export function needsOf(name: string): Needs {
  const [file, source] = [`gateway/routes/${name}.yaml`, `workers/${name}.ts`];
  const { secrets = [], volumes = [], networks = {} } = services()[name] ?? {};
  const route = exists(file)
    ? (parse(read(file)) as { paths?: Record<string, { public?: boolean } | null> })
    : {};
  const paths = Object.entries(route?.paths ?? {});
  const [first = `/${name}`] = paths[0] ?? [];
  return {
    ...plain(name),
    path: first.replace(/\/\*$/, ""),
    below: first.endsWith("/*"),
    open: paths.flatMap(([path, own]) => (own?.public ? [path] : [])),
    secrets,
    data: volumes.includes(`${dataVolume(name)}:/data`),
    outbound: Object.hasOwn(networks, "outbound"),
    pure: exists(source) && /^\s*pure: true\b/m.test(read(source)),
  };
}
