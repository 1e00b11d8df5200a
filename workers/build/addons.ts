// Packages with native addons (*.node). An addon is loaded by the system from a file and finds its libraries beside it,
// so it cannot be part of a bundle: the package and its dependencies are carried beside the bundle instead.
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { isForeign } from "./platform.ts";

export interface Package {
  name: string;
  version: string;
  /** Absolute path. */
  folder: string;
  /** Relative to the folder; without those of nested packages. */
  files: string[];
  scripts: Record<string, string>;
  dependencies: string[];
}

interface Manifest {
  name: string;
  version: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** What Bun has instead of a package that is not built for it. */
const INSTEAD: Record<string, string> = {
  "better-sqlite3": "bun:sqlite",
  sqlite3: "bun:sqlite",
  bcrypt: "Bun.password",
  argon2: "Bun.password",
};
/** Needed to build an addon or to read its code, but not to run it. */
const NOT_CARRIED = /\.(c|cc|cpp|cxx|h|hh|hpp|gypi?|map|md|markdown|d\.[cm]?ts)$/i;

const read = new Map<string, Package>();

function readPackage(folder: string): Package {
  const known = read.get(folder);
  if (known) return known;
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { name, version, scripts = {}, dependencies, optionalDependencies, peerDependencies = {} } = manifest;
  const peers = Object.keys(peerDependencies).filter(
    (peer) => !manifest.peerDependenciesMeta?.[peer]?.optional,
  );
  const found: Package = {
    name,
    version,
    folder,
    files: filesOf(folder),
    scripts,
    dependencies: [...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers],
  };
  read.set(folder, found);
  return found;
}

function filesOf(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? [] : filesOf(folder, path);
    return entry.isFile() ? [path] : [];
  });
}

/** The package that `from` gets for `import "name"`; undefined when it is not installed. */
export function findPackage(name: string, from: string): Package | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return readPackage(candidate);
    if (folder === dirname(folder)) return undefined;
  }
}

/** A package with its installed dependencies, each once. */
export function closure(top: Package, seen = new Set<Package>()): Package[] {
  if (seen.has(top)) return [];
  seen.add(top);
  const next = top.dependencies.flatMap((name) => findPackage(name, top.folder) ?? []);
  return [top, ...next.flatMap((each) => closure(each, seen))];
}

const isAddon = (file: string) => file.endsWith(".node");
const ownAddons = ({ files }: Package) => files.filter((file) => isAddon(file) && !isForeign(file));
const isNative = ({ files }: Package) =>
  files.some((file) => isAddon(file) || file.split("/").at(-1) === "binding.gyp");

/** Whether the package or one of its dependencies has an addon, for whatever platform, or is to be built. */
export const hasAddon = (top: Package) => closure(top).some(isNative);

/** Whether an addon uses Node-API, which Bun has; others are built for the V8 of one version of Node. */
function usesNodeApi(file: string): boolean {
  return readFileSync(file).includes("napi_");
}

function problem(one: Package): string | undefined {
  if (!isNative(one)) return undefined;
  const addons = closure(one).flatMap((each) => ownAddons(each).map((file) => join(each.folder, file)));
  if (addons.length > 0)
    return addons.every(usesNodeApi) ? undefined : "has an addon for Node's V8, which Bun does not support";
  const script = ["preinstall", "install", "postinstall"].some((name) => one.scripts[name]);
  return script || one.files.includes("binding.gyp")
    ? "has an addon that its install script makes, which Bun did not run"
    : `has no addon for ${process.platform}-${process.arch}`;
}

/** What to do about it. */
function advice({ name }: Package, reason: string): string {
  const instead = INSTEAD[name];
  if (instead) return `use ${instead} instead`;
  if (!reason.includes("install script")) return "use another package";
  return `if you trust it, run: .tools/bun/node_modules/.bin/bun pm trust ${name}`;
}

/** Why a package cannot run, as the rest of a sentence that starts with its name; undefined when it can. */
export function addonProblem(top: Package): string | undefined {
  for (const one of closure(top)) {
    const reason = problem(one);
    if (!reason) continue;
    const via = one === top ? "" : `needs ${one.name}, which `;
    return `${via}${reason}; ${advice(one, reason)}`;
  }
  return undefined;
}

export interface CarriedFile {
  from: string;
  /** Relative to the bundle: node_modules/… */
  to: string;
}

/** The files to carry for these packages and their dependencies, on this platform. */
export function carriedFiles(tops: Package[], root: string): CarriedFile[] {
  const seen = new Set<Package>();
  return tops
    .flatMap((top) => closure(top, seen))
    .flatMap(({ folder, files }) =>
      files
        .filter((file) => !NOT_CARRIED.test(file) && !isForeign(file))
        .map((file) => ({ from: join(folder, file), to: relative(root, join(folder, file)) })),
    )
    .sort((a, b) => (a.to < b.to ? -1 : 1));
}

export function digest(files: CarriedFile[]): string {
  const hash = createHash("sha256");
  for (const { from, to } of files) hash.update(`${to}\0`).update(readFileSync(from));
  return hash.digest("hex").slice(0, 12);
}

/** Copies a file, readable for all: one of a checkout under umask 077 is not. */
export function copyReadable(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, statSync(from).mode | 0o444);
}

export function carry(files: CarriedFile[], target: string): void {
  for (const { from, to } of files) copyReadable(from, join(target, to));
}
