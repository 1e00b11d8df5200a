// The gateway's rendered configuration on its way into its running containers. It is mounted: .state/gateway/current is
// what a container starts with, .state/gateway/next is checked first and takes its place when nginx accepts it.
import {
  copyFileSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { inTemplates, VERIFIERS } from "../../gateway/render.ts";
import { tlsFiles } from "../host/certificate.ts";
import { renderContainerGateway } from "../host/docker/gateway-tree.ts";
import { openFolder } from "../host/docker/mounted.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { upToDate, wanted } from "./roll.ts";

const FOLDER = join(ROOT, ".state/gateway");
const CURRENT = join(FOLDER, "current");
const NEXT = join(FOLDER, "next");
/** Where compose.yaml mounts FOLDER, and what checks `next` there (gateway/docker-entrypoint.d). */
const MOUNTED = "/etc/fortress";
const CHECK = "/docker-entrypoint.d/20-configuration.sh";
/** In the order in which a change must reach them. */
export const NGINX_SERVICES = [...VERIFIERS.map((name) => `verifier-${name}`), "gateway"];

/** Every file of a folder with its content. */
function contents(folder: string): string {
  if (!existsSync(folder)) return "";
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return JSON.stringify(paths.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

/** What nginx was told to read last: a command that ended between switch and reload must not look like a finished one. */
const APPLIED = "applied";

function isApplied(folder: string): boolean {
  const [current, applied] = [join(folder, "current"), join(folder, APPLIED)];
  if (!existsSync(applied) || !lstatSync(current, { throwIfNoEntry: false })?.isSymbolicLink()) return false;
  return readFileSync(applied, "utf8") === readlinkSync(current);
}

/** Renders what the checkout says now into `next`. @returns whether it differs from what nginx reads. */
export function stageConfiguration(): boolean {
  rmSync(NEXT, { recursive: true, force: true });
  renderContainerGateway(NEXT);
  copyFileSync(tlsFiles().certificate, join(NEXT, "nginx.crt")); // another one is read by a reload too
  openFolder(FOLDER);
  return contents(NEXT) !== contents(CURRENT) || !isApplied(FOLDER);
}

/** Services that run what they should, which take a configuration in place, and all others. */
export function partition(): { running: string[]; others: string[] } {
  const services = wanted(NGINX_SERVICES);
  const running = services
    .filter((each) => upToDate(each).some(({ State }) => State.Status === "running"))
    .map(({ service }) => service);
  return { running, others: NGINX_SERVICES.filter((service) => !running.includes(service)) };
}

/**
 * Lets nginx check `next`: in the running containers of these services, or in ones made for that.
 * @throws UserError with nginx's own line; what runs goes on as it was.
 */
export function tryConfiguration(services: string[], how: "running" | "new" = "running"): void {
  for (const service of services) {
    const command =
      how === "running"
        ? ["exec", "-T", service, CHECK]
        : ["run", "--rm", "--no-deps", "-T", "--entrypoint", CHECK, service];
    const { ok, stdout, stderr } = run(["docker", "compose", ...command, "next"]);
    if (ok) continue;
    const lines = `${stdout}\n${stderr}`.trim().split("\n");
    const reason = lines.find((line) => line.startsWith("error: "))?.slice("error: ".length) ?? lines.at(-1);
    const where = inTemplates(reason ?? "", `${MOUNTED}/next`);
    throw new UserError(`${service}: ${where} (what runs goes on with the old one)`);
  }
}

/** Makes `next` what containers start with. `current` is a link, so that it is there at every moment. */
export function adoptConfiguration(folder = FOLDER): void {
  const current = join(folder, "current");
  const link = `${current}.new`;
  const adopted = `adopted.${crypto.randomUUID()}`;
  renameSync(join(folder, "next"), join(folder, adopted));
  rmSync(link, { force: true });
  symlinkSync(adopted, link);
  // A folder, as earlier versions left it, is not replaced by a link.
  if (lstatSync(current, { throwIfNoEntry: false })?.isDirectory())
    renameSync(current, join(folder, "adopted.former"));
  renameSync(link, current);
  for (const name of readdirSync(folder))
    if (name.startsWith("adopted.") && name !== adopted) rmSync(join(folder, name), { recursive: true });
}

/**
 * Makes `next` the one that containers start with, and lets nginx read it in the running ones of these services, with
 * certificate and passwords; no request is lost.
 */
export function applyConfiguration(services: string[]): void {
  adoptConfiguration();
  if (services.length > 0) mustRun(["docker", "compose", "kill", "--signal", "HUP", ...services]);
  writeFileSync(join(FOLDER, APPLIED), readlinkSync(CURRENT));
}
