// The gateway's rendered configuration, mounted into its containers: they start with .state/gateway/current;
// .state/gateway/next replaces it when nginx accepts it.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Published, releasesFiles } from "../../gateway/releases.ts";
import { inTemplates, RELOAD, VERIFIERS } from "../../gateway/render.ts";
import { tlsFiles } from "../host/certificate.ts";
import { renderContainerGateway } from "../host/docker/gateway-tree.ts";
import { openFolder } from "../host/docker/mounted.ts";
import { refuseUnknown } from "../host/maintenance.ts";
import { run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { compose } from "./containers.ts";
import { targets, upToDate } from "./roll.ts";

const FOLDER = join(ROOT, ".state/gateway");
const CURRENT = join(FOLDER, "current");
const NEXT = join(FOLDER, "next");
/** compose.yaml mounts FOLDER here; CHECK is a script of gateway/docker-entrypoint.d. */
const MOUNTED = "/etc/fortress";
const CHECK = "/docker-entrypoint.d/20-configuration.sh";
/** In the order of reloading: verifiers before the gateway. */
export const NGINX_SERVICES = [...VERIFIERS.map((name) => `verifier-${name}`), "gateway"];

/** All files of a folder with their contents. */
function contents(folder: string): string {
  if (!existsSync(folder)) return "";
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return JSON.stringify(paths.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

/** Names the configuration of the last reload, so that a command killed between switch and reload is repeated. */
const APPLIED = "applied";

function isApplied(folder: string): boolean {
  const [current, applied] = [join(folder, "current"), join(folder, APPLIED)];
  if (!existsSync(applied) || !lstatSync(current, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
  return readFileSync(applied, "utf8") === readlinkSync(current);
}

/** `current` was opened as `next`; other folders beside them are not nginx's. */
function openConfiguration(): void {
  chmodSync(FOLDER, 0o755);
  openFolder(NEXT);
}

/** Renders the configuration into `next`. @returns whether it differs from the one nginx runs. */
export function stageConfiguration(published: Published): boolean {
  rmSync(NEXT, { recursive: true, force: true });
  renderContainerGateway(NEXT, published);
  copyFileSync(tlsFiles().certificate, join(NEXT, "nginx.crt")); // a changed certificate needs a reload too
  openConfiguration();
  return contents(NEXT) !== contents(CURRENT) || !isApplied(FOLDER);
}

/** Services with an up-to-date running container, which reload in place, and all others. */
export function partition(): { running: string[]; others: string[] } {
  const services = targets(NGINX_SERVICES);
  const running = services
    .filter((each) => upToDate(each).some(({ State }) => State.Status === "running"))
    .map(({ service }) => service);
  return { running, others: NGINX_SERVICES.filter((service) => !running.includes(service)) };
}

/**
 * Checks `next` with nginx, in the running containers of these services or in new ones.
 * @throws UserError with nginx's error line; the running configuration stays.
 */
export function checkConfiguration(services: string[], how: "running" | "new" = "running"): void {
  for (const service of services) {
    const command =
      how === "running"
        ? ["exec", "-T", service, CHECK]
        : ["run", "--rm", "--no-deps", "-T", "--entrypoint", CHECK, service];
    const { ok, stdout, stderr } = run(compose(...command, "next"));
    if (ok) continue;
    const lines = `${stdout}\n${stderr}`.trim().split("\n");
    const reason = lines.find((line) => line.startsWith("error: "))?.slice("error: ".length) ?? lines.at(-1);
    const where = inTemplates(reason ?? "", `${MOUNTED}/next`);
    throw new UserError(`${service}: ${where} (the running configuration is unchanged)`);
  }
}

/** Makes `next` the current configuration. `current` is a link, so the switch is atomic. */
export function adoptConfiguration(folder = FOLDER): void {
  const current = join(folder, "current");
  const link = `${current}.new`;
  const adopted = `adopted.${crypto.randomUUID()}`;
  renameSync(join(folder, "next"), join(folder, adopted));
  rmSync(link, { force: true });
  symlinkSync(adopted, link);
  // Earlier versions made `current` a folder, which a rename cannot replace with a link.
  if (lstatSync(current, { throwIfNoEntry: false })?.isDirectory())
    renameSync(current, join(folder, "adopted.former"));
  renameSync(link, current);
  for (const name of readdirSync(folder))
    if (name.startsWith("adopted.") && name !== adopted) rmSync(join(folder, name), { recursive: true });
}

/**
 * Adopts `next` and reloads nginx in the running containers of these services; the next request is answered with it. No request
 * is lost.
 */
export function applyConfiguration(services: string[]): void {
  adoptConfiguration();
  for (const service of services) {
    const script = ["sh", "-c", readFileSync(RELOAD, "utf8"), "reload", "1"]; // nginx is its container's process 1
    const { ok, stderr } = run(compose("exec", "-T", service, ...script));
    if (!ok) throw new UserError(`${service} did not reload: ${stderr.split("\n").at(-1)}`);
  }
  writeFileSync(join(FOLDER, APPLIED), readlinkSync(CURRENT));
}

/** Changes only these files of the running configuration, not the templates, routes and settings that were edited since. */
function replaceFiles(changed: Readonly<Record<string, string>>): void {
  const files = Object.entries(changed);
  const isThere = ([name, text]: [string, string]) =>
    existsSync(join(CURRENT, name)) && readFileSync(join(CURRENT, name), "utf8") === text;
  const applied = isApplied(FOLDER);
  if (applied && files.every(isThere)) return;
  rmSync(NEXT, { recursive: true, force: true });
  cpSync(realpathSync(CURRENT), NEXT, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(NEXT, name), text);
  openConfiguration();
  const services = applied ? ["gateway"] : NGINX_SERVICES;
  checkConfiguration(services);
  applyConfiguration(services);
}

/** Publishes what runs. */
export const publish = (published: Published) => replaceFiles(releasesFiles(published));

/** As {@link replaceFiles}. @throws UserError where the running configuration does not include them. */
export function publishFiles(files: Readonly<Record<string, string>>): void {
  refuseUnknown(Object.keys(files), readFileSync(join(CURRENT, "nginx.conf"), "utf8"));
  replaceFiles(files);
}
