import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { UserError } from "../settings/fail.ts";
import { ROOT, workers } from "../settings/project.ts";
import { workerPart } from "./accounts.ts";
import { giveTo, ownFolder } from "./folders.ts";
import { RUN_DIR } from "./paths.ts";

const BUNDLES = join(RUN_DIR, "workers");
const OWN_BUN = join(RUN_DIR, `bin/bun-${Bun.version}`);

const SOURCES = ["workers/**/*.ts", "model/**/*.{ts,bin,json}", "package.json", "bun.lock"];

/** A digest of all sources of the workers. */
function sourceVersion(): string {
  const hash = createHash("sha256");
  const files = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex").slice(0, 12);
}

/** The version of each worker: a digest of its own bundle, so that a change of another worker does not change it. */
export type Versions = Readonly<Record<string, string>>;

/** The folder of a bundle, one per version: a restart after a crash starts the same version. */
export function bundleDir(version: string): string {
  return join(BUNDLES, version);
}

/** The versions that a source digest was built to. */
const versionsFile = (source: string) => join(BUNDLES, `${source}.json`);

/** The first error of a build, as `file:line:column: message`. */
export function buildError(logs: Bun.BuildOutput["logs"], root = ROOT): string {
  const error = logs.find(({ level }) => level === "error");
  if (!error) return "see bun build";
  const { file, line, column } = error.position ?? {};
  return file ? `${relative(root, file)}:${line}:${column}: ${error.message}` : error.message;
}

async function build(outdir: string): Promise<void> {
  const result = await Bun.build({
    entrypoints: workers().map(({ name }) => join(ROOT, "workers", `${name}.ts`)),
    target: "bun",
    outdir,
    minify: { whitespace: true, syntax: true },
    sourcemap: "linked",
    naming: { entry: "[name].js", asset: "[name]-[hash].[ext]" },
    throw: false,
  });
  if (!result.success) throw new UserError(`the workers do not build: ${buildError(result.logs)}`);
}

/** Moves a bundle and its assets into the folder of its version. @returns the version. */
function place(name: string, built: string): string {
  const source = readFileSync(join(built, `${name}.js`), "utf8"); // contains the digests of its assets
  const version = `${name}-${createHash("sha256").update(source).digest("hex").slice(0, 12)}`;
  const target = bundleDir(version);
  if (existsSync(target)) return version;
  mkdirSync(`${target}.new`, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.startsWith(`${name}.js`) || source.includes(file))
      copyFileSync(join(built, file), join(`${target}.new`, file));
  }
  giveTo(workerPart(name), `${target}.new`);
  Bun.spawnSync(["mv", `${target}.new`, target]);
  return version;
}

/**
 * Bundles every worker into one file outside the project: the source may change under a running replica, and the
 * worker's account may not enter the project's folder. @throws UserError with the first build error.
 */
export async function bundleWorkers(): Promise<Versions> {
  const source = sourceVersion();
  const known = versionsFile(source);
  const names = workers().map(({ name }) => name);
  if (existsSync(known)) {
    const versions = JSON.parse(readFileSync(known, "utf8")) as Versions;
    if (names.every((name) => versions[name])) return versions;
  }
  ownFolder(BUNDLES, 0o711);
  const built = join(BUNDLES, `${source}.new`);
  rmSync(built, { recursive: true, force: true });
  if (names.length > 0) await build(built); // Bun.build rejects an empty list
  const versions = Object.fromEntries(names.map((name) => [name, place(name, built)]));
  rmSync(built, { recursive: true, force: true });
  writeFileSync(known, JSON.stringify(versions));
  return versions;
}

/** Removes all bundles except the current ones. */
export function removeOldBundles(current: Versions): void {
  if (!existsSync(BUNDLES)) return;
  const kept = new Set([...Object.values(current), `${sourceVersion()}.json`]);
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
