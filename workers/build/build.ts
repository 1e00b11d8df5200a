import { readFileSync } from "node:fs";
import { join } from "node:path";
import { addonProblem, type Package } from "./addons.ts";
import { BuildError, build, entrypoint, keepAddonsOut, OPTIONS, packageName } from "./bundler.ts";
import { versionOf } from "./version.ts";

export { BuildError };

export interface Bundle {
  name: string;
  source: string;
  /** 12 hex digits: a hash of what the worker is made of. */
  version: string;
  /** The packages with addons that it imports. */
  addons: Package[];
}

/**
 * Bundles workers into one file each, NAME.js, with their assets. Each is built on its own: in one build, what a worker
 * imports decides which parts of a shared module are in the bundles of all. @throws BuildError
 */
export function bundle(
  root: string,
  names: string[],
  outdir: string,
  sourcemap: "linked" | "none",
): Promise<Bundle[]> {
  return Promise.all(names.map((name) => bundleOne(root, name, outdir, sourcemap)));
}

async function bundleOne(
  root: string,
  name: string,
  outdir: string,
  sourcemap: "linked" | "none",
): Promise<Bundle> {
  const found = new Map<string, Package>();
  const entrypoints = [entrypoint(root, name)];
  await build(root, { ...OPTIONS, entrypoints, outdir, sourcemap, plugins: [keepAddonsOut(found)] });
  const source = readFileSync(join(outdir, `${name}.js`), "utf8");
  const addons = addonsOf(name, source, found);
  const version = await versionOf(root, name, addons);
  return { name, source, version, addons };
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
