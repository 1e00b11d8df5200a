import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { addonProblem, type Package } from "./addons.ts";
import { BuildError, build, packageName } from "./bundler.ts";
import { versionOf } from "./version.ts";

export { BuildError };

export interface Bundle {
  name: string;
  source: string;
  /** 12 hex digits: a hash of what the worker is made of. */
  version: string;
  /** Beside NAME.js: its source map and assets. */
  files: string[];
  /** The packages with addons that it imports. */
  addons: Package[];
}

/**
 * Bundles workers into one file each, NAME.js, with source map and assets. Each is built on its own: in one build, what a
 * worker imports decides which parts of a shared module are in the bundles of all. @throws BuildError
 */
export async function bundle(root: string, names: string[], outdir: string): Promise<Bundle[]> {
  const builds = names.map((name) => build(root, name, { outdir, sourcemap: "linked" }));
  // Until all have ended: two workers write the same asset, and none may write after an error.
  await Promise.allSettled(builds);
  return (await Promise.all(builds)).map(({ outputs, found }, i) => {
    const name = names[i] ?? "";
    const read = (file: string) => readFileSync(join(outdir, file));
    const source = read(`${name}.js`).toString();
    const addons = addonsOf(name, source, found);
    const others = outputs.filter(({ kind }) => kind !== "entry-point");
    const assets = others.filter(({ kind }) => kind === "asset").map(({ path }) => basename(path));
    const version = versionOf(source, new Map(assets.map((file) => [file, read(file)])), addons);
    return { name, source, version, files: others.map(({ path }) => basename(path)), addons };
  });
}

function addonsOf(worker: string, source: string, found: Map<string, Package>): Package[] {
  if (found.size === 0) return [];
  const imports = new Bun.Transpiler({ loader: "js" }).scanImports(source);
  const names = new Set(imports.map(({ path }) => packageName(path)));
  return [...found].flatMap(([name, each]) => {
    if (!names.has(name)) return [];
    const reason = addonProblem(each);
    if (reason) throw new BuildError(`workers/${worker}.ts: the package ${name} ${reason}`);
    return [each];
  });
}
