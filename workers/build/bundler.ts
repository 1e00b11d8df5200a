// What every build of a worker has in common.
import { realpathSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import type { BunPlugin } from "bun";
import { findPackage, hasAddon, type Package } from "./addons.ts";

/** An error of a worker's source or packages, in one line. */
export class BuildError extends Error {}

/** The first error of a build, as `file:line:column: message`. */
export function buildError(logs: Bun.BuildOutput["logs"], root: string): string {
  const error = logs.find(({ level }) => level === "error");
  if (!error) return "see bun build";
  const { file, line, column } = error.position ?? {};
  return file && line ? `${relative(root, file)}:${line}:${column}: ${error.message}` : error.message;
}

/** The package of an import: @scope/name/file -> @scope/name. */
export const packageName = (path: string) => /^(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;

/** Of the project, what workers/Dockerfile.dockerignore lets into an image. */
const IN_IMAGES = /^(workers|model|node_modules)\/|^package\.json$/;

/** Keeps the packages with addons that a worker imports out of its bundle, and collects them; refuses other folders. */
function imports(root: string, found: Map<string, Package>): BunPlugin {
  const top = realpathSync(root);
  const below = (path: string) => relative(top, path);
  const ofPackage = (importer: string) => below(importer).split("/").includes("node_modules");
  return {
    name: "imports",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        if (isBuiltin(path) || ofPackage(importer)) return undefined;
        const name = packageName(path);
        const target = findPackage(name, dirname(importer));
        if (!target || !hasAddon(target)) return undefined;
        found.set(name, target);
        return { path, external: true };
      });
      build.onResolve({ filter: /^[./]/ }, ({ path, importer, kind }) => {
        if (kind.startsWith("entry-point") || ofPackage(importer)) return undefined;
        const file = below(resolve(dirname(importer), path));
        if (IN_IMAGES.test(file)) return undefined;
        throw new BuildError(
          `${below(importer)} imports ${file}, which is not in an image: move it below workers/`,
        );
      });
    },
  };
}

/**
 * Bun puts paths and settings of the machine that builds into the code: __dirname and require.resolve as absolute paths,
 * NODE_ENV, and the platform if it compiles. These definitions are equal on every machine; the banner has their values.
 */
const OPTIONS = {
  target: "bun",
  minify: { whitespace: true, syntax: true },
  define: {
    "process.env.NODE_ENV": '"production"',
    "process.env.BUN_ENV": '"production"',
    "process.platform": '"linux"',
    "process.arch": JSON.stringify(process.arch),
    "process.versions.bun": JSON.stringify(Bun.version),
    __dirname: "__bundleDir",
    __filename: "__bundlePath",
    "require.resolve": "__bundleResolve",
  },
  banner:
    "var __bundleDir=import.meta.dir,__bundlePath=import.meta.path,__bundleResolve=import.meta.require.resolve;",
  naming: { entry: "[name].js", asset: "[name]-[hash].[ext]" },
  throw: false,
} as const;

/** Builds a worker. @throws BuildError */
export async function build(root: string, name: string, options: Partial<Bun.BuildConfig>) {
  const found = new Map<string, Package>();
  const entrypoints = [join(root, "workers", `${name}.ts`)];
  const plugins = [imports(root, found)];
  const { success, logs, outputs } = await Bun.build({
    ...OPTIONS,
    entrypoints,
    plugins,
    ...options,
  } as Bun.BuildConfig);
  if (!success) throw new BuildError(`the workers do not build: ${buildError(logs, root)}`);
  return { outputs, found };
}
