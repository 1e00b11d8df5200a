import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative } from "node:path";
import type { BunPlugin } from "bun";
import { addonProblem, findPackage, hasAddon, type Package } from "./addons.ts";

/** An error of a worker's source or packages, in one line. */
export class BuildError extends Error {}

/** The first error of a build, as `file:line:column: message`. */
export function buildError(logs: Bun.BuildOutput["logs"], root: string): string {
  const error = logs.find(({ level }) => level === "error");
  if (!error) return "see bun build";
  const { file, line, column } = error.position ?? {};
  return file ? `${relative(root, file)}:${line}:${column}: ${error.message}` : error.message;
}

/** The package of an import: @scope/name/file -> @scope/name. */
const packageName = (path: string) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;

/** Keeps the packages with addons that a worker imports out of its bundle, and collects them. */
function keepAddonsOut(found: Map<string, Package>): BunPlugin {
  return {
    name: "addons",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (isBuiltin(path) || importer.includes("/node_modules/")) return undefined;
        const name = packageName(path);
        const target = findPackage(name, dirname(importer));
        if (!target || !hasAddon(target)) return undefined;
        found.set(name, target);
        return { path, external: true };
      });
    },
  };
}

export interface Bundle {
  name: string;
  source: string;
  /** Of the code and its source map. */
  digest: string;
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
  const result = await Bun.build({
    entrypoints: [join(root, "workers", `${name}.ts`)],
    target: "bun",
    outdir,
    minify: { whitespace: true, syntax: true },
    sourcemap,
    naming: { entry: "[name].js", asset: "[name]-[hash].[ext]" },
    plugins: [keepAddonsOut(found)],
    throw: false,
  });
  if (!result.success) throw new BuildError(`the workers do not build: ${buildError(result.logs, root)}`);
  const source = readFileSync(join(outdir, `${name}.js`), "utf8");
  return { name, source, digest: digestOf(outdir, name, source), addons: addonsOf(name, source, found) };
}

/**
 * Of the code, which has the digests of its assets, and the mappings, which give errors their lines. Not of the debugId,
 * which differs between builds, nor of the sources in the map: package.json is one of them.
 */
export function digestOf(outdir: string, name: string, source: string): string {
  const map = join(outdir, `${name}.js.map`);
  const { mappings } = existsSync(map) ? JSON.parse(readFileSync(map, "utf8")) : { mappings: "" };
  const code = source.replace(/^\/\/# debugId=.*$/m, "");
  return createHash("sha256").update(code).update(mappings).digest("hex").slice(0, 12);
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
