// The gateway's templates and settings on their way into its running containers. They are mounted: .state/gateway/current
// is what a container starts with, .state/gateway/next is tried first and takes its place when nginx accepts it.
import {
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { VERIFIERS } from "../../gateway/render.ts";
import { tlsFiles } from "../host/certificate.ts";
import { openFolder } from "../host/docker/mounted.ts";
import { mustRun, run } from "../host/run.ts";
import { UserError } from "../settings/fail.ts";
import { gatewaySettings, ROOT } from "../settings/project.ts";
import { upToDate, wanted } from "./roll.ts";

const FOLDER = join(ROOT, ".state/gateway");
const CURRENT = join(FOLDER, "current");
const NEXT = join(FOLDER, "next");
/** In the image, gateway/docker-entrypoint.d. */
const RENDER = "/docker-entrypoint.d/20-render.sh";
/** In the order in which a change must reach them. */
export const NGINX_SERVICES = [...VERIFIERS.map((name) => `verifier-${name}`), "gateway"];

/** For a shell to read. */
export function assignments(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}

/** Every file of a folder with its content. */
function contents(folder: string): string {
  if (!existsSync(folder)) return "";
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  return JSON.stringify(paths.map((path) => [path.slice(folder.length), readFileSync(path, "utf8")]));
}

/** Writes what the checkout says now into `next`. @returns whether it differs from what is in force. */
export function stageConfiguration(): boolean {
  rmSync(NEXT, { recursive: true, force: true });
  mkdirSync(NEXT, { recursive: true });
  cpSync(join(ROOT, "gateway/templates"), join(NEXT, "templates"), { recursive: true });
  cpSync(join(ROOT, "gateway/templates-container"), join(NEXT, "templates/conf.d"), { recursive: true });
  writeFileSync(join(NEXT, "settings.env"), assignments(gatewaySettings));
  copyFileSync(tlsFiles().certificate, join(NEXT, "nginx.crt")); // another one is read by a reload too
  openFolder(FOLDER);
  return contents(NEXT) !== contents(CURRENT);
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
 * Renders `next` and lets nginx check it: in the running containers of these services, or in ones made for that.
 * @throws UserError with nginx's own line; what runs goes on as it was.
 */
export function tryConfiguration(services: string[], how: "running" | "new" = "running"): void {
  for (const service of services) {
    const command =
      how === "running"
        ? ["exec", "-T", service, RENDER]
        : ["run", "--rm", "--no-deps", "-T", "--entrypoint", RENDER, service];
    const { ok, stdout, stderr } = run(["docker", "compose", ...command, "next"]);
    if (ok) continue;
    const lines = `${stdout}\n${stderr}`.trim().split("\n");
    const reason = lines.find((line) => line.startsWith("error: "))?.slice("error: ".length) ?? lines.at(-1);
    throw new UserError(`${service}: ${reason} (what runs goes on with the old one)`);
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

/** Lets nginx read certificate, passwords and what was rendered last; no request is lost. */
export function reloadNginx(services: string[]): void {
  if (services.length > 0) mustRun(["docker", "compose", "kill", "--signal", "HUP", ...services]);
}
