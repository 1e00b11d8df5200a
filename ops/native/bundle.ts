// Builds the workers' bundles from the sources and keeps them.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { carriedFiles } from "../../workers/build/addons.ts";
import { BuildError, type Bundle, bundle } from "../../workers/build/build.ts";
import type { Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { artefact, contents, isFull, keep, onDisk, VERSIONS } from "./artefacts.ts";

/** All files of workers/: they may import others than TypeScript, as assets. */
const SOURCES = ["workers/**/*", "model/**/*.{ts,bin,json,onnx}", "package.json", "bun.lock"];
/** What the sources were last built to. */
const RECORD = join(VERSIONS, "built.json");

/** A digest of all sources of the workers. */
function sourceDigest(): string {
  const hash = createHash("sha256").update(`${Bun.version} ${process.platform}-${process.arch}`);
  const files = SOURCES.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync(ROOT)]);
  for (const file of files.filter((name) => !name.endsWith(".test.ts")).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest("hex");
}

/** The recorded versions of these sources that are kept whole; none where the record is damaged or of other sources. */
export function builtVersions(source: string, record = RECORD): Versions {
  try {
    const { source: of, versions } = JSON.parse(readFileSync(record, "utf8"));
    if (of !== source) return {};
    const whole = Object.entries(versions as Versions).filter(([worker, version]) =>
      contents(artefact(worker, version, join(record, ".."))),
    );
    return Object.fromEntries(whole);
  } catch {
    return {};
  }
}

/** @throws UserError with the first build error. */
async function build(names: string[], outdir: string): Promise<Bundle[]> {
  if (names.length === 0) return []; // Bun.build rejects an empty list
  try {
    return await bundle(ROOT, names, outdir, "linked");
  } catch (error) {
    return onDisk(VERSIONS, () => {
      throw error instanceof BuildError && !isFull(error) ? new UserError(error.message) : error;
    });
  }
}

/** A version runs from another folder than it is built in: its source map gets absolute paths, for errors. */
function makeAbsolute(map: string): void {
  const content = JSON.parse(readFileSync(map, "utf8")) as { sources: string[] };
  const sources = content.sources.map((path) => resolve(dirname(map), path));
  writeFileSync(map, JSON.stringify({ ...content, sources }));
}

/** The version of a bundle in the folder `built`. */
function keepBundle({ name: worker, source, version, addons }: Bundle, built: string): string {
  const files = readdirSync(built).filter((file) => file.startsWith(`${worker}.js`) || source.includes(file));
  onDisk(VERSIONS, () => makeAbsolute(join(built, `${worker}.js.map`)));
  keep({ worker, version }, built, files, addons.length > 0 ? carriedFiles(addons, ROOT) : []);
  return version;
}

/**
 * Bundles these workers into one file each and keeps them, except those that are kept already. @throws UserError with the
 * first build error, or where the disk is full.
 */
export async function bundleWorkers(names: string[]): Promise<Versions> {
  const source = sourceDigest();
  const before = builtVersions(source);
  const missing = names.filter((name) => !before[name]);
  const versions: Record<string, string> = { ...before };
  if (missing.length > 0) {
    const built = join(VERSIONS, "build.new");
    rmSync(built, { recursive: true, force: true });
    try {
      onDisk(VERSIONS, () => mkdirSync(built, { recursive: true, mode: 0o700 }));
      for (const each of await build(missing, built)) versions[each.name] = keepBundle(each, built);
    } finally {
      rmSync(built, { recursive: true, force: true });
    }
    onDisk(VERSIONS, () => {
      writeFileSync(`${RECORD}.new`, JSON.stringify({ source, versions }));
      renameSync(`${RECORD}.new`, RECORD);
    });
  }
  return Object.fromEntries(names.map((name) => [name, versions[name] ?? ""]));
}
