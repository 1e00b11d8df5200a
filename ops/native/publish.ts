// Which version X-Version reaches: written to releases.conf, which the gateway loads without anything else.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Published, releasesConf } from "../../gateway/releases.ts";
import { replaceFile } from "../host/state.ts";
import { shadowName } from "../host/versions.ts";
import { waitFor } from "../host/wait.ts";
import { check, pidFile, reloadGateway } from "./gateway.ts";
import { GATEWAY_DIR } from "./paths.ts";
import { currentProcesses, type Running } from "./pm2.ts";
import { known } from "./reconcile.ts";
import { isBeside, isExtra, isPreview, workerOf } from "./replicas.ts";

const FILE = join(GATEWAY_DIR, "releases.conf");
/** The text that the gateway last loaded, so that a command after a killed one reloads. */
const LOADED = join(GATEWAY_DIR, "releases.loaded");
const LOAD_MS = 10_000;

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

/** The sample of the shadow that was started last, for commands that publish without knowing it. */
const SAMPLE = join(GATEWAY_DIR, "sample.json");

export function useSample(sample: Published["sample"]): void {
  if (sample) replaceFile(SAMPLE, JSON.stringify(sample), 0o600);
  else rmSync(SAMPLE, { force: true });
}

/** Without a process that takes the marked requests, none are marked. */
function sampleFor(names: ReadonlySet<string>): Pick<Published, "sample"> {
  const text = read(SAMPLE);
  const sample = text === "" ? undefined : (JSON.parse(text) as NonNullable<Published["sample"]>);
  return sample && names.has(shadowName(sample.worker)) ? { sample } : {};
}

/** What runs now; of a preview also what is declared. One that ended stays until the next command removes it. */
export async function published(): Promise<Published> {
  const [list, declared] = [await currentProcesses(), known()];
  const names = new Set(list.map(({ name }) => name));
  const previews = declared.filter(({ name }) => isPreview(name) && names.has(name));
  return {
    live: liveVersions(list),
    previews: previews.map(({ name, env }) => ({
      worker: workerOf(name),
      version: env["WORKER_VERSION"] ?? "",
      until: Number(env["PREVIEW_UNTIL"]),
      server: { address: `127.0.0.1:${env["PORT"]}` },
    })),
    ...sampleFor(names),
  };
}

/** The worker processes of the gateway that accept connections. */
function accepting(): string[] {
  const master = read(pidFile("gateway")).trim();
  if (!/^[1-9]\d*$/.test(master)) return [];
  const children = read(`/proc/${master}/task/${master}/children`).trim().split(" ").filter(Boolean);
  return children.filter((pid) => !read(`/proc/${pid}/cmdline`).includes("shutting down"));
}

/** Whether releases.conf has been loaded as it is. */
export const isLoaded = () => read(FILE) === read(LOADED);

/** To be called when the gateway was started or reloaded with the present releases.conf. */
export function markLoaded(): void {
  replaceFile(LOADED, read(FILE), 0o600);
}

/** Writes releases.conf in one step. */
export function writeReleases(text: string): void {
  if (read(FILE) !== text) replaceFile(FILE, text, 0o600);
}

/** Checks the configuration and loads it. @returns the worker processes of the gateway from before. */
function load(): string[] {
  check(GATEWAY_DIR, ["gateway"]);
  const old = accepting();
  reloadGateway(["gateway"]);
  return old;
}

/**
 * Publishes what runs. Returns when the gateway answers by it; does nothing when it does already.
 * @throws UserError when nginx refuses the file, which is then as before.
 */
export async function publish(): Promise<void> {
  const before = read(FILE);
  writeReleases(releasesConf(await published()));
  if (isLoaded()) return;
  let old: string[];
  try {
    old = load();
  } catch (error) {
    writeReleases(before);
    throw error;
  }
  const left = () => old.filter((pid) => accepting().includes(pid));
  const missing = async () => (left().length > 0 ? "the former configuration still answers" : undefined);
  await waitFor("the gateway", missing, LOAD_MS);
  markLoaded();
}

/** nginx sends nothing to a server for two seconds after a failure (fail_timeout), counted in whole seconds. */
const AVOIDED_MS = 3100;

/**
 * Returns when the gateway sends requests to all replicas again, also to those that were replaced just now: a reload
 * forgets failures, and requests that came before it have ended, or failures are forgotten by then.
 */
export async function untilUsed(): Promise<void> {
  const deadline = performance.now() + AVOIDED_MS;
  let pending: string[] | undefined; // undefined: the gateway is not reloaded
  try {
    writeReleases(releasesConf(await published()));
    pending = load();
    markLoaded();
  } catch {
    // It does not run, or refuses its configuration: publish says so at the end.
  }
  const open = () => pending?.some((pid) => existsSync(`/proc/${pid}`)) ?? true;
  while (open() && performance.now() < deadline) await Bun.sleep(50);
}
