// What deployments, previews, a shadow and a canary change in the gateway, which loads it without anything else.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NOTHING_PUBLISHED, type Published, releasesFiles } from "../../gateway/releases.ts";
import { publishedMaintenance, refuseUnknown } from "../host/maintenance.ts";
import { replaceFile } from "../host/state.ts";
import { shadowName } from "../host/versions.ts";
import { check, LOADED, pidFile, reloadGateway } from "./gateway.ts";
import { GATEWAY_DIR } from "./paths.ts";
import { currentProcesses, type Running } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { isBeside, isExtra, isPreview, workerOf } from "./replicas.ts";
import { gatewayAddress } from "./sockets.ts";

/** The files that are written here. */
export const PUBLISHED = Object.keys(releasesFiles(NOTHING_PUBLISHED));

const read = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");

/** The version of each worker of which all replicas have the same. */
export function liveVersions(list: readonly Pick<Running, "name" | "version">[]): Published["live"] {
  const found = new Map<string, Set<string | undefined>>();
  for (const { name, version } of list) {
    if (isExtra(name) || isBeside(name)) continue;
    const worker = workerOf(name);
    found.set(worker, (found.get(worker) ?? new Set()).add(version));
  }
  return [...found].flatMap(([worker, versions]) => {
    const [version, other] = versions;
    return version && !other ? [{ worker, version }] : [];
  });
}

/** What was started last beside the replicas, for commands that publish without knowing it. */
const BESIDE = join(GATEWAY_DIR, "beside.json");
type Beside = Pick<Published, "sample" | "canary">;

const beside = () => JSON.parse(read(BESIDE) || "{}") as Beside;

export function publishLater<Part extends keyof Beside>(part: Part, value: Beside[Part]): void {
  const text = JSON.stringify({ ...beside(), [part]: value });
  if (read(BESIDE) !== text) replaceFile(BESIDE, text, 0o600);
}

/** Without a process that takes the marked requests, none are marked. A share stays without the process that decides it. */
function besideFor(names: ReadonlySet<string>): Beside {
  const { sample, canary } = beside();
  return {
    ...(sample && names.has(shadowName(sample.worker)) && { sample }),
    ...(canary && { canary }),
  };
}

/** What runs now; of a preview also what is declared. One that ended stays until the next command removes it. */
export async function published(): Promise<Published> {
  const [list, declared] = [await currentProcesses(), known()];
  const names = new Set(list.map(({ name }) => name));
  const previews = declared.filter(({ name }) => isPreview(name) && names.has(name));
  return {
    live: liveVersions(list),
    previews: previews.map((preview) => ({
      worker: workerOf(preview.name),
      version: preview.env["WORKER_VERSION"] ?? "",
      until: Number(preview.env["PREVIEW_UNTIL"]),
      server: { address: gatewayAddress(preview) },
    })),
    ...besideFor(names),
    ...publishedMaintenance(),
  };
}

/** The worker processes of the gateway, also those that only finish requests. */
function workerProcesses(): string[] {
  const master = read(pidFile("gateway")).trim();
  if (!/^[1-9]\d*$/.test(master)) return [];
  return read(`/proc/${master}/task/${master}/children`).trim().split(" ").filter(Boolean);
}

type Files = Readonly<Record<string, string>>;
const present = (): Files =>
  Object.fromEntries(PUBLISHED.map((name) => [name, read(join(GATEWAY_DIR, name))]));

/** Whether the files have been loaded as they are. */
export const isLoaded = () => JSON.stringify(present()) === read(LOADED);

/** To be called when the gateway was started or reloaded with the present files. */
export function markLoaded(): void {
  replaceFile(LOADED, JSON.stringify(present()), 0o600);
}

/** Writes each file in one step. */
export function writeReleases(files: Files): void {
  const before = present();
  for (const [name, text] of Object.entries(files))
    if (before[name] !== text) replaceFile(join(GATEWAY_DIR, name), text, 0o600);
}

function load(): void {
  check(GATEWAY_DIR, ["gateway"]);
  reloadGateway(["gateway"]);
  markLoaded();
}

/**
 * Returns when the gateway answers by these files; does nothing when it does already.
 * @throws UserError when nginx refuses them; they are then as before.
 */
function replaceFiles(files: Files): void {
  const before = present();
  writeReleases(files);
  if (isLoaded()) return;
  try {
    load();
  } catch (error) {
    writeReleases(before);
    throw error;
  }
}

/** Publishes what runs, as {@link replaceFiles}. */
export async function publish(): Promise<void> {
  replaceFiles(releasesFiles(await published()));
}

/** As {@link replaceFiles}. @throws UserError also where the running configuration does not include them. */
export function publishFiles(files: Files): void {
  refuseUnknown(Object.keys(files), read(join(GATEWAY_DIR, "nginx.conf")));
  replaceFiles(files);
}

/** nginx sends nothing to a server for two seconds after a failure (fail_timeout), counted in whole seconds. */
const AVOIDED_MS = 3100;

/**
 * Returns when the gateway sends requests to all replicas again, also to those that were replaced just now: a reload
 * forgets failures, and requests that came before it have ended, or failures are forgotten by then.
 */
export async function untilUsed(): Promise<void> {
  const deadline = performance.now() + AVOIDED_MS;
  const before = workerProcesses();
  let isReloaded = false;
  try {
    writeReleases(releasesFiles(await published()));
    load();
    isReloaded = true;
  } catch {
    // It does not run, or refuses its configuration: publish says so at the end.
  }
  const open = () => !isReloaded || before.some((pid) => existsSync(`/proc/${pid}`));
  while (open() && performance.now() < deadline) await Bun.sleep(50);
}
