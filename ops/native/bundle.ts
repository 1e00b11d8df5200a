// Builds the workers' bundles from the sources and keeps them.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { carriedFiles } from "../../workers/build/addons.ts";
import { BuildError, type Bundle, bundle } from "../../workers/build/build.ts";
import type { Versions } from "../host/versions.ts";
import { UserError } from "../settings/fail.ts";
import { ROOT } from "../settings/project.ts";
import { artefact, contents, isFull, keep, onDisk, VERSIONS } from "./artefacts.ts";

/** @throws UserError with the first build error. */
async function build(names: string[], outdir: string, root: string): Promise<Bundle[]> {
  try {
    return await bundle(root, names, outdir);
  } catch (error) {
    return onDisk(dirname(outdir), () => {
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

function keepBundle(one: Bundle, built: string, root: string, versions: string): void {
  const { name: worker, version, files, addons } = one;
  if (contents(artefact(worker, version, versions))) return;
  onDisk(versions, () => makeAbsolute(join(built, `${worker}.js.map`)));
  const carried = addons.length > 0 ? carriedFiles(addons, root) : [];
  keep({ worker, version }, built, [`${worker}.js`, ...files], carried, versions);
}

/**
 * Bundles these workers and keeps the versions that are new. Always builds: which files a build reads is not known before.
 * @throws UserError with the first build error, or where the disk is full.
 */
export async function bundleWorkers(names: string[], root = ROOT, versions = VERSIONS): Promise<Versions> {
  const built = join(versions, "build.new");
  rmSync(built, { recursive: true, force: true });
  try {
    onDisk(versions, () => mkdirSync(built, { recursive: true, mode: 0o700 }));
    const bundles = await build(names, built, root);
    for (const each of bundles) keepBundle(each, built, root, versions);
    return Object.fromEntries(bundles.map(({ name, version }) => [name, version]));
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}
