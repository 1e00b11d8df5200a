import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type CarriedFile, carriedFiles, carry, digest as digestOf } from "../../workers/build/addons.ts";
import { BuildError, type Bundle, bundle } from "../../workers/build/build.ts";
import type { Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT, workers } from "../settings/project.ts";
import { workerPart } from "./accounts.ts";
import { giveTo, ownFolder } from "./folders.ts";
import { RUN_DIR } from "./paths.ts";

const BUNDLES = join(RUN_DIR, "workers");
const OWN_BUN = join(RUN_DIR, `bin/bun-${Bun.version}`);

/** All files of workers/: they may import others than TypeScript, as assets. */
const SOURCES = ["workers/**/*", "model/**/*.{ts,bin,json,onnx}", "package.json", "bun.lock"];
const MODULES = "node_modules";

/** A digest of all sources of the workers. */
function sourceVersion(): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** The folder of a bundle, one per version: a restart after a crash starts the same version. */
export function bundleDir(version: string): string {
  return join(BUNDLES, version);
}

/** The versions that a source digest was built to. */
const versionsFile = (source: string) => join(BUNDLES, `${source}.json`);

/** The packages of a bundle in a folder of their own, so that versions of a worker share them. @returns its path. */
function placePackages(name: string, files: CarriedFile[]): string {
  const target = join(BUNDLES, `${name}-packages-${digestOf(files)}`);
  if (existsSync(target)) return target;
  rmSync(`${target}.new`, { recursive: true, force: true });
  carry(files, `${target}.new`);
  giveTo(workerPart(name), `${target}.new`);
  renameSync(`${target}.new`, target);
  return target;
}

/** Whether the folder of a version holds the bundle, and the packages that it links to. */
function isWhole(name: string, folder: string): boolean {
  const link = join(folder, MODULES);
  const linked = lstatSync(link, { throwIfNoEntry: false }) === undefined || existsSync(link);
  return linked && (statSync(join(folder, `${name}.js`), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** What an earlier run built of these sources; undefined where its record or a bundle is damaged or missing. */
export function builtVersions(record: string, names: string[]): Versions | undefined {
  try {
    const versions = JSON.parse(readFileSync(record, "utf8")) as Versions;
    const whole = names.every((name) => isWhole(name, join(dirname(record), versions[name] ?? "")));
    return whole ? versions : undefined;
  } catch {
    return undefined;
  }
}

/** Moves a bundle, its assets and packages into the folder of its version. @returns the version. */
function place({ name, source, digest, addons }: Bundle, built: string): string {
  const packages = addons.length > 0 ? placePackages(name, carriedFiles(addons, ROOT)) : "";
  const ofPackages = packages.replace(/.*-packages/, "");
  const version = `${name}-${digest}${ofPackages}`;
  const target = bundleDir(version);
  if (isWhole(name, target)) return version;
  for (const folder of [target, `${target}.new`]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(`${target}.new`, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.startsWith(`${name}.js`) || source.includes(file))
      copyFileSync(join(built, file), join(`${target}.new`, file));
  }
  giveTo(workerPart(name), `${target}.new`);
  if (packages) symlinkSync(join(packages, MODULES), join(`${target}.new`, MODULES));
  Bun.spawnSync(["mv", `${target}.new`, target]);
  return version;
}

async function build(names: string[], outdir: string): Promise<Bundle[]> {
  if (names.length === 0) return []; // Bun.build rejects an empty list
  try {
    return await bundle(ROOT, names, outdir, "linked");
  } catch (error) {
    throw error instanceof BuildError ? new UserError(error.message) : error;
  }
}

/**
 * Bundles every worker into one file outside the project: the source may change under a running replica, and the
 * worker's account may not enter the project's folder. @throws UserError with the first build error.
 */
export async function bundleWorkers(): Promise<Versions> {
  const source = sourceVersion();
  const known = versionsFile(source);
  const names = workers().map(({ name }) => name);
  const before = builtVersions(known, names);
  if (before) return before;
  ownFolder(BUNDLES, 0o711);
  const built = join(BUNDLES, `${source}.new`);
  rmSync(built, { recursive: true, force: true });
  const bundles = await build(names, built);
  const versions = Object.fromEntries(bundles.map((each) => [each.name, place(each, built)]));
  rmSync(built, { recursive: true, force: true });
  writeFileSync(`${known}.new`, JSON.stringify(versions));
  renameSync(`${known}.new`, known);
  return versions;
}

/** The folder in BUNDLES with the packages of a version, if it has some. */
function packagesOf(version: string): string[] {
  const link = join(bundleDir(version), MODULES);
  return existsSync(link) ? [basename(dirname(readlinkSync(link)))] : [];
}

/** Removes all bundles except the current ones. */
export function removeOldBundles(current: Versions): void {
  if (!existsSync(BUNDLES)) return;
  const versions = Object.values(current);
  const kept = new Set([...versions, ...versions.flatMap(packagesOf), `${sourceVersion()}.json`]);
  for (const entry of readdirSync(BUNDLES))
    if (!kept.has(entry)) rmSync(join(BUNDLES, entry), { recursive: true, force: true });
}

/** Bun in a folder that every account can read: a hard link, or a copy on another file system. */
export function sharedBun(): string {
  if (existsSync(OWN_BUN)) return OWN_BUN;
  ownFolder(dirname(OWN_BUN), 0o711);
  try {
    linkSync(process.execPath, OWN_BUN);
  } catch {
    copyFileSync(process.execPath, OWN_BUN);
  }
  return OWN_BUN;
}
